import { describe, expect, it } from "vitest";
import {
  type Action,
  actions,
  ActorKind,
  actorOf,
  type Caller,
  cliCaller,
  environmentsRefused,
  isPermitted,
  permit,
  permitSelf,
  type Place,
  refuseUnready,
  Role,
  roleAt,
  seesProject,
  systemCaller,
} from "../../../src/features/permissions/index.js";
import { anonymousCaller, keyCaller, userCaller, withFactor } from "../../support/tools.js";

/**
 * Who may, said once more and by hand: the lowest role; the lowest in a protected environment; C and S for the keys that may without one.
 * `anywhere`: a role in any project is enough. `nobody`: no role is.
 */
const expected: Record<Action, string> = {
  "evaluation:evaluate": "VIEWER VIEWER CS",
  "evaluation:explain": "VIEWER VIEWER S",
  "ruleset:read": "VIEWER VIEWER S",
  "flag:watch": "VIEWER VIEWER S",
  "project:read": "VIEWER VIEWER",
  "project:create": "ADMIN ADMIN",
  "project:update": "ADMIN ADMIN",
  "project:delete": "ADMIN ADMIN",
  "environment:read": "VIEWER VIEWER",
  "environment:create": "MANAGER MANAGER",
  "environment:update": "MANAGER MANAGER",
  "environment:delete": "MANAGER MANAGER",
  "segment:read": "VIEWER VIEWER",
  "segment:create": "DEVELOPER DEVELOPER",
  "segment:update": "DEVELOPER MANAGER",
  "segment:delete": "MANAGER MANAGER",
  "flag:read": "VIEWER VIEWER",
  "flag:create": "DEVELOPER DEVELOPER",
  "flag:update": "DEVELOPER MANAGER",
  "flag:configure": "DEVELOPER MANAGER",
  "flag:kill": "DEVELOPER DEVELOPER",
  "flag:archive": "MANAGER MANAGER",
  "flag:delete": "MANAGER MANAGER",
  "metric:read": "VIEWER VIEWER",
  "metric:create": "DEVELOPER DEVELOPER",
  "metric:update": "DEVELOPER DEVELOPER",
  "metric:archive": "MANAGER MANAGER",
  "experiment:read": "VIEWER VIEWER",
  "experiment:create": "DEVELOPER DEVELOPER",
  "experiment:update": "DEVELOPER DEVELOPER",
  "experiment:run": "DEVELOPER MANAGER",
  "rollout:read": "VIEWER VIEWER",
  "rollout:run": "DEVELOPER MANAGER",
  "rollout:approve": "MANAGER MANAGER",
  "analytics:read": "VIEWER VIEWER",
  "tracking:track": "nobody nobody CS",
  "audit:read": "VIEWER VIEWER",
  "audit:verify": "ADMIN ADMIN",
  "audit:erase": "ADMIN ADMIN",
  "apiKey:read": "MANAGER MANAGER",
  "apiKey:manage": "MANAGER MANAGER",
  "user:read": "ADMIN ADMIN",
  "user:manage": "ADMIN ADMIN",
  "settings:read": "ADMIN ADMIN",
  "settings:update": "ADMIN ADMIN",
  "security:read": "ADMIN ADMIN",
  "server:read": "VIEWER VIEWER S anywhere",
};

const table = Object.entries(expected).map(([action, row]) => {
  const [role, protectedRole, keys = ""] = row.split(" ") as [Role | "nobody", Role | "nobody", string?];
  return { action: action as Action, role, protectedRole, keys, anywhere: row.endsWith("anywhere") };
});

/** Where users with a second factor must have shown it lately, said once more: everywhere, or where the environment is protected. */
const fresh: Readonly<Record<string, readonly Action[]>> = {
  everywhere: ["project:delete", "audit:erase", "apiKey:manage", "user:manage", "settings:update"],
  protected: [
    ...(["environment:update", "environment:delete", "segment:update", "segment:delete"] as const),
    ...(["flag:update", "flag:configure", "flag:archive", "flag:delete", "experiment:run"] as const),
    ...(["rollout:run", "rollout:approve"] as const),
  ],
};

/** From the lowest to the highest. */
const roles = [Role.VIEWER, Role.DEVELOPER, Role.MANAGER, Role.ADMIN];
const upTo = (role: Role, needed: Role | "nobody"): boolean =>
  needed !== "nobody" && roles.indexOf(role) >= roles.indexOf(needed);

const server: Place = {};
const home: Place = { project: "home" };
const open: Place = { project: "home", environment: { key: "staging", protected: false } };
const guarded: Place = { project: "home", environment: { key: "production", protected: true } };
const abroad: Place = { project: "abroad" };
const places = [server, home, open, guarded, abroad];

type Answer = "yes" | "UNAUTHENTICATED" | "FORBIDDEN" | "NOT_FOUND";

function answerTo(caller: Caller, action: Action, place: Place): string {
  try {
    permit(caller, action, place);
    return "yes";
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}

/** What each place of `places` answers. */
function answers(caller: Caller, action: Action): string[] {
  return places.map((place) => answerTo(caller, action, place));
}

const yesIf = (holds: boolean): Answer => (holds ? "yes" : "FORBIDDEN");

it("lists every action", () => {
  expect(Object.keys(expected)).toEqual(Object.keys(actions));
});

describe.each(table)("$action", ({ action, role: needed, protectedRole, keys, anywhere }) => {
  it.each(roles)("for a %s of the whole server, user or key", (role) => {
    const may = yesIf(upTo(role, needed));
    const wanted = [may, may, may, yesIf(upTo(role, protectedRole)), may];
    expect(answers(userCaller(role), action)).toEqual(wanted);
    expect(answers(keyCaller({ role }), action)).toEqual(wanted);
  });

  it.each(roles)("for a %s of one project, user or key", (role) => {
    const may = yesIf(upTo(role, needed));
    const wanted = [
      yesIf(anywhere && upTo(role, needed)),
      may,
      may,
      yesIf(upTo(role, protectedRole)),
      "NOT_FOUND",
    ];
    expect(answers(userCaller(null, { home: role }), action)).toEqual(wanted);
    expect(answers(keyCaller({ project: "home", role }), action)).toEqual(wanted);
  });

  it.each(roles)("counts the higher of a %s's role in the project and VIEWER of the whole server", (role) => {
    const may = yesIf(upTo(role, needed));
    const [atServer, , , , elsewhere] = answers(userCaller("VIEWER"), action);
    const wanted = [
      anywhere ? may : atServer,
      may,
      may,
      yesIf(upTo(role, protectedRole)),
      anywhere ? may : elsewhere,
    ];
    expect(answers(userCaller("VIEWER", { home: role }), action)).toEqual(wanted);
  });

  it.each(["CLIENT", "SERVER"] as const)("for a %s key of staging", (keyKind) => {
    const caller = keyCaller({ keyKind, project: "home", environment: "staging" });
    const may = yesIf(keys.includes(keyKind.charAt(0)));
    const wanted = [anywhere ? may : "FORBIDDEN", may, may, "NOT_FOUND", "NOT_FOUND"];
    expect(answers(caller, action)).toEqual(wanted);
  });

  it("for an ADMIN with a second factor, shown lately or not", () => {
    const admin = userCaller("ADMIN");
    const yes = yesIf(upTo("ADMIN", needed));
    const ask = fresh["everywhere"]?.includes(action) ?? false;
    const askGuarded = ask || (fresh["protected"]?.includes(action) ?? false);
    const wanted = places.map((place) => {
      const asks = place.environment?.protected === true ? askGuarded : ask;
      return asks ? "STEP_UP_REQUIRED" : yes;
    });
    expect(answers(withFactor(admin, "STALE"), action)).toEqual(wanted);
    expect(answers(withFactor(admin, "FRESH"), action)).toEqual(places.map(() => yes));
    const enrol = places.map(() => "TWO_FACTOR_ENROLMENT_REQUIRED");
    expect(answers(withFactor(admin, "MISSING"), action)).toEqual(enrol);
  });

  it("for who may not, whatever their second factor", () => {
    const plain = userCaller("VIEWER", { home: "VIEWER" });
    const stale = answers(withFactor(plain, "STALE"), action);
    const wanted = answers(plain, action).map((answer, index) =>
      answer === "yes" ? (stale[index] ?? "") : answer,
    );
    expect(stale).toEqual(wanted);
    const enrol = places.map(() => "TWO_FACTOR_ENROLMENT_REQUIRED");
    expect(answers(withFactor(plain, "MISSING"), action)).toEqual(enrol);
  });

  it("for strangers, for those without any role, for the server itself and its command line", () => {
    expect(answers(anonymousCaller(), action)).toEqual(places.map(() => "UNAUTHENTICATED"));
    const none = ["FORBIDDEN", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"];
    expect(answers(userCaller(null), action)).toEqual(none);
    for (const caller of [systemCaller("request-1"), cliCaller("request-1")]) {
      expect(answers(caller, action)).toEqual(places.map(() => yesIf(upTo("ADMIN", needed))));
    }
  });
});

describe("a refusal", () => {
  it("says which role is needed, and where", () => {
    const refused = (place: Place) => () => permit(userCaller("VIEWER"), "flag:configure", place);
    expect(refused(open)).toThrow("flag:configure needs the role DEVELOPER.");
    expect(refused(guarded)).toThrow(
      "flag:configure needs the role MANAGER in the protected environment production.",
    );
    const key = keyCaller({ keyKind: "CLIENT", project: "home", environment: "staging" });
    expect(() => permit(key, "flag:read", home)).toThrow(
      "flag:read is not for CLIENT keys, but for MANAGEMENT keys and users.",
    );
    expect(() => permit(key, "ruleset:read", home)).toThrow(
      "ruleset:read is not for CLIENT keys, but for SERVER keys, MANAGEMENT keys and users.",
    );
  });

  it("says the same of a foreign project and of one that does not exist", () => {
    const caller = userCaller(null, { home: "ADMIN" });
    expect(() => permit(caller, "flag:read", abroad)).toThrow('Project "abroad" was not found.');
  });

  it("says why a stranger is one", () => {
    const expired: Caller = { ...anonymousCaller(), identity: { kind: "ANONYMOUS", reason: "EXPIRED" } };
    expect(() => permit(expired, "flag:read", home)).toThrow(
      expect.objectContaining({ code: "UNAUTHENTICATED", details: { reason: "EXPIRED" } }),
    );
  });
});

describe("several environments at once", () => {
  const environment = (key: string) => ({ key, protected: key !== "staging" });
  const all = ["staging", "canary", "production"].map(environment);
  const refused = (caller: Caller, environments = all) =>
    environmentsRefused(caller, "flag:update", "home", environments);

  it("are those where the role is too low, in the order given, whatever the second factor", () => {
    const developer = userCaller("DEVELOPER");
    for (const factor of ["NONE", "STALE", "FRESH"] as const) {
      expect(refused(withFactor(developer, factor))).toEqual(["canary", "production"]);
    }
    expect(refused(userCaller("VIEWER"))).toEqual(["staging", "canary", "production"]);
    expect(refused(userCaller("VIEWER"), [])).toEqual([]);
  });

  it("ask for a fresh second factor where that alone is missing", () => {
    const manager = userCaller("MANAGER");
    expect(() => refused(withFactor(manager, "STALE"))).toThrow(
      expect.objectContaining({ code: "STEP_UP_REQUIRED" }),
    );
    expect(refused(withFactor(manager, "STALE"), [environment("staging")])).toEqual([]);
    for (const factor of ["NONE", "FRESH"] as const) expect(refused(withFactor(manager, factor))).toEqual([]);
  });
});

describe("beside permit", () => {
  it("refuseUnready lets everybody pass who may be asking for something", () => {
    const ready = [userCaller(null), withFactor(userCaller("VIEWER"), "STALE"), keyCaller(), cliCaller("1")];
    for (const caller of ready) expect(() => refuseUnready(caller)).not.toThrow();
    const missing = withFactor(userCaller("ADMIN"), "MISSING");
    expect(() => refuseUnready(missing)).toThrow("set one up with beginTwoFactor first");
    expect(() => refuseUnready(anonymousCaller())).toThrow(
      expect.objectContaining({ code: "UNAUTHENTICATED" }),
    );
  });

  it("isPermitted answers without throwing", () => {
    expect(isPermitted(userCaller("VIEWER"), "flag:read", home)).toBe(true);
    expect(isPermitted(userCaller("VIEWER"), "flag:create", home)).toBe(false);
    expect(isPermitted(anonymousCaller(), "flag:read", home)).toBe(false);
  });

  it("permitSelf is proof for the caller's own account, strangers included", () => {
    const caller = anonymousCaller();
    expect(permitSelf(caller)).toMatchObject({ caller, action: "self", place: {} });
  });

  it("roleAt and seesProject know the whole server from one project", () => {
    const { identity: user } = userCaller("VIEWER", { home: "MANAGER" });
    expect([roleAt(user), roleAt(user, "home"), roleAt(user, "abroad")]).toEqual([
      "VIEWER",
      "MANAGER",
      "VIEWER",
    ]);
    const { identity: key } = keyCaller({ project: "home", role: "DEVELOPER" });
    expect([roleAt(key), roleAt(key, "home"), roleAt(key, "abroad")]).toEqual([null, "DEVELOPER", null]);
    expect([seesProject(key, "home"), seesProject(key, "abroad")]).toEqual([true, false]);
    const { identity: client } = keyCaller({ keyKind: "CLIENT", project: "home", environment: "staging" });
    expect([roleAt(client, "home"), seesProject(client, "home"), seesProject(client, "abroad")]).toEqual([
      null,
      true,
      false,
    ]);
  });

  it("actorOf names everybody as the ledger records them", () => {
    const callers = [userCaller("VIEWER"), keyCaller(), anonymousCaller(), systemCaller("1"), cliCaller("1")];
    expect(callers.map(actorOf)).toEqual([
      { kind: ActorKind.USER, id: "00000000-0000-4000-8000-000000000001", name: "alice@example.com" },
      { kind: ActorKind.API_KEY, id: "00000000-0000-4000-8000-000000000003", name: "key-1" },
      { kind: ActorKind.SYSTEM, id: null, name: "system" },
      { kind: ActorKind.SYSTEM, id: null, name: "system" },
      { kind: ActorKind.CLI, id: null, name: "halyard" },
    ]);
  });
});
