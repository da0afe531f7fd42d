/** The README's table of roles says what the permissions table says, tick by tick. */
import { describe, expect, it } from "vitest";
import { type Action, actions, reaches, Role, ruleOf } from "../../src/features/permissions/index.js";
import { read } from "../house/repository.js";

/** An action, and whether it takes place where the environment is protected; without a place it does not matter. */
type Deed = readonly [action: Action, where?: "protected" | "unprotected"];

interface Row {
  /** What the label of the row in the README says, in whatever words it says the rest. */
  readonly label: RegExp;
  readonly deeds: readonly Deed[];
}

const everywhere = (...names: Action[]): Deed[] => names.map((name) => [name]);
const changes = [
  ...(["segment:update", "flag:update", "flag:configure", "experiment:run", "rollout:run"] as const),
];

const rows: readonly Row[] = [
  {
    label: /^read flags/,
    deeds: everywhere(
      ...(["evaluation:evaluate", "evaluation:explain", "ruleset:read", "flag:watch"] as const),
      ...(["project:read", "environment:read", "segment:read", "flag:read"] as const),
      ...(["metric:read", "experiment:read", "rollout:read", "analytics:read", "audit:read"] as const),
      "server:read",
    ),
  },
  {
    label: /^create and change flags/,
    deeds: [
      ...everywhere("segment:create", "flag:create", "flag:kill", "metric:create", "metric:update"),
      ...everywhere("experiment:create", "experiment:update"),
      ...changes.map((name) => [name, "unprotected"] as const),
    ],
  },
  {
    label: /^change protected environments/,
    deeds: [
      ...changes.map((name) => [name, "protected"] as const),
      ...everywhere("flag:archive", "flag:delete", "segment:delete", "metric:archive"),
      ...everywhere("rollout:approve"),
      ...everywhere("environment:create", "environment:update", "environment:delete"),
      ...everywhere("apiKey:read", "apiKey:manage"),
    ],
  },
  {
    label: /^projects, users/,
    deeds: everywhere(
      ...(["project:create", "project:update", "project:delete", "user:read", "user:manage"] as const),
      ...(["settings:read", "settings:update", "security:read"] as const),
      ...(["audit:verify", "audit:erase"] as const),
    ),
  },
];

interface Drawn {
  readonly label: string;
  /** The roles that have a tick. */
  readonly roles: readonly string[];
}

/** The first table of the section: its head names the roles, every line after the rule is a row. */
function drawnTable(): readonly Drawn[] {
  const [, section = ""] = read("README.md").split(/^### Roles and keys$/m);
  const [table = ""] = /^(\|.*\n)+/m.exec(section) ?? [];
  const cells = table.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const [head = [], , ...body] = cells.filter((line) => line.length > 0);
  return body.map(([label = "", ...ticks]) => ({
    label,
    roles: head.slice(1).filter((_role, index) => ticks[index] === "✓"),
  }));
}

function may(role: Role, [action, where]: Deed): boolean {
  const { role: lowest, protectedRole = lowest } = ruleOf(action);
  return reaches(role, where === "protected" ? protectedRole : lowest);
}

it("has the rows that are known here, and no other", () => {
  const drawn = drawnTable().map(({ label }) => rows.findIndex((row) => row.label.test(label)));
  expect(drawn).toEqual(rows.map((_row, index) => index));
});

describe.each(rows)("$label", ({ label, deeds }) => {
  it.each(deeds.map((deed) => [deed.join(" "), deed] as const))(
    "%s is for the roles ticked",
    (_name, deed) => {
      const drawn = drawnTable().find((row) => label.test(row.label));
      expect(drawn?.roles).toEqual(Object.values(Role).filter((role) => may(role, deed)));
    },
  );
});

it("leaves no action out but those that are for keys alone", () => {
  const said = new Set(rows.flatMap(({ deeds }) => deeds.map(([action]) => action)));
  const forRoles = Object.keys(actions).filter((name) => ruleOf(name as Action).role !== null);
  expect([...said].sort()).toEqual(forRoles.sort());
});

it("splits what a protected environment makes stricter, and nothing else", () => {
  const stricter = Object.keys(actions).filter((name) => {
    const { role, protectedRole = role } = ruleOf(name as Action);
    return role !== protectedRole;
  });
  expect(stricter.sort()).toEqual([...changes].sort());
});
