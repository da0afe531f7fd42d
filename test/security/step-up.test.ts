/** A fresh second factor at the real door: what asks for it, what does not, and how long it lasts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addPerson, addStale, openScene, type Person, type Scene } from "./second-factor.js";

let scene: Scene;
/** Everybody whose second factor is stale when the tests begin. */
let people: ReadonlyMap<string, Person>;

const nameOf = (what: string): string => what.replaceAll(/[^a-z]+/g, "-");
const named = (name: string): Person => {
  const person = people.get(name);
  if (person === undefined) throw new Error(`Nobody is called ${name}.`);
  return person;
};

beforeAll(async () => {
  scene = await openScene();
  const flags = [
    ...["switched", "painted", "killed", "seen"].map((key) => [key, "production"]),
    ...["tried"].map((key) => [key, "development"]),
  ];
  for (const [key, environment] of flags) {
    const { errors } = await scene.server.graphql(
      `mutation ($input: CreateFlagInput!) { createFlag(input: $input) { key } }`,
      { input: { key, environments: [{ environment, enabled: true }] } },
    );
    expect(errors).toBeUndefined();
  }
  await addPerson(scene, "somebody", "DEVELOPER");
  people = await addStale(scene, [
    ...asking.map(({ what, role }) => ({ name: nameOf(what), role })),
    ...free.map(({ what }) => ({ name: nameOf(what), role: "MANAGER" })),
    ...["lasting", "twice", "logged"].map((name) => ({ name, role: "ADMIN" })),
  ]);
});
afterAll(async () => scene.server.close());

const minute = 60_000;

/** What asks for a fresh second factor, with the role that it needs. */
const asking = [
  {
    what: "a change in production",
    role: "MANAGER",
    document: `mutation { setFlagEnabled(input: { flagKey: "switched", environment: "production", enabled: false }) { version } }`,
  },
  {
    what: "a variant's value that production serves",
    role: "MANAGER",
    document: `mutation { updateVariant(input: { flagKey: "painted", variant: "on", value: false, expectedVersion: 1 }) { version } }`,
  },
  {
    what: "making an API key",
    role: "MANAGER",
    document: `mutation { createApiKey(input: { name: "Key", kind: SERVER, environment: "development", project: "default" }) { secret } }`,
  },
  {
    what: "setting a role",
    role: "ADMIN",
    document: `mutation { setUserRole(input: { email: "somebody@example.com", role: VIEWER }) { role } }`,
  },
  {
    what: "the server's settings",
    role: "ADMIN",
    document: `mutation { updateSettings(input: { requireTwoFactor: false }) { version } }`,
  },
  {
    what: "taking protection away",
    role: "MANAGER",
    document: `mutation { updateEnvironment(input: { environment: "production", protected: false, expectedVersion: 1 }) { protected } }`,
  },
] as const;

/** What does not ask for it. */
const free = [
  {
    what: "reading",
    document: `{ flags { nodes { key environments { enabled } } } apiKeys { totalCount } auditEvents { totalCount } }`,
  },
  {
    what: "evaluating in production",
    document: `{ evaluate(flagKey: "seen", environment: "production", context: {}) { value } }`,
  },
  {
    what: "killing a flag in production",
    document: `mutation { killFlag(input: { flagKey: "killed" }) { key } }`,
  },
  {
    what: "a change where nothing is protected",
    document: `mutation { setFlagEnabled(input: { flagKey: "seen", environment: "staging", enabled: true }) { version } }`,
  },
  {
    what: "a variant's value that production does not serve",
    document: `mutation { updateVariant(input: { flagKey: "tried", variant: "on", value: false }) { version } }`,
  },
] as const;

describe("a fresh second factor", () => {
  it.each(free)("is not asked for by $what", async ({ what, document }) => {
    const person = named(nameOf(what));
    expect(await person.tries(document)).toBe("ok");
  });

  it.each(asking)("is asked for by $what, and lets it through", async ({ what, document }) => {
    const person = named(nameOf(what));
    expect(await person.tries(document)).toBe("STEP_UP_REQUIRED");
    expect(await person.stepUp(person.code())).toBe("ok");
    expect(await person.tries(document)).toBe("ok");
  });

  it("is asked of nobody who has none", async () => {
    const person = await addPerson(scene, "plain", "ADMIN");
    expect(await person.signIn()).toBe("ok");
    for (const { document } of asking.slice(2, 5)) expect(await person.tries(document)).toBe("ok");
    expect(await person.stepUp("123456")).toBe("CONFLICT");
  });

  it("belongs to one session: another of the same person has to show its own", async () => {
    const person = named("twice");
    const stale = person.tokens().accessToken;
    expect(await person.signIn(person.code())).toBe("ok");
    expect(await person.tries(asking[4].document)).toBe("ok");
    const { errors } = await scene.server.graphql(asking[4].document, {}, stale);
    expect(errors?.[0]?.extensions.code).toBe("STEP_UP_REQUIRED");
  });

  it("is missed in the security log where it was missing", async () => {
    const person = named("logged");
    await person.tries(asking[4].document);
    const { data } = await scene.server.graphql(`{ securityEvents(filter: { kinds: [FORBIDDEN] }, first: 1) {
      nodes { subject actor { name } detail } } }`);
    expect(data).toMatchObject({
      securityEvents: {
        nodes: [
          {
            subject: "updateSettings",
            actor: { name: "logged@example.com" },
            detail: { code: "STEP_UP_REQUIRED" },
          },
        ],
      },
    });
  });

  it("lasts for 15 minutes, through refreshes; then it takes another code, or a recovery code once", async () => {
    const person = named("lasting");
    const document = asking[4].document;
    const code = person.code();
    expect([await person.stepUp(code), await person.stepUp(code)]).toEqual(["ok", "BAD_USER_INPUT"]);
    await scene.ahead(9 * minute);
    expect(await person.refresh()).toBe("ok");
    await scene.ahead(6 * minute - 2_000);
    expect(await person.tries(document)).toBe("ok");
    await scene.ahead(2_000);
    expect(await person.tries(document)).toBe("STEP_UP_REQUIRED");
    const [recoveryCode = ""] = person.recoveryCodes();
    expect([await person.stepUp(recoveryCode), await person.tries(document)]).toEqual(["ok", "ok"]);
    expect(await person.stepUp(recoveryCode)).toBe("BAD_USER_INPUT");
  });
});
