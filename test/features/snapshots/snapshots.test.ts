import { Writable } from "node:stream";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluate, evaluateAll, ruleset } from "../../../src/features/delivery/index.js";
import { createEnvironment } from "../../../src/features/environments/create-environment.js";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { updateEnvironment } from "../../../src/features/environments/update-environment.js";
import { killFlag } from "../../../src/features/flags/kill-flag.js";
import { updateVariant } from "../../../src/features/flags/update-variant.js";
import { note } from "../../../src/features/ledger/index.js";
import { createProject } from "../../../src/features/projects/index.js";
import { deleteProject } from "../../../src/features/projects/delete-project.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { changeSegmentMembers } from "../../../src/features/segments/change-segment-members.js";
import { deleteSegment } from "../../../src/features/segments/delete-segment.js";
import { openLog } from "../../../src/platform/log.js";
import { keyCaller } from "../../support/tools.js";
import {
  admin,
  evaluationKey,
  type Instance,
  openInstance,
  problemOf,
} from "../delivery/delivery-fixture.js";

let instance: Instance;
const logged: string[] = [];
const sink = new Writable({
  write: (line: Buffer, _encoding, done) => {
    logged.push(line.toString());
    done();
  },
});
const alice = { targetingKey: "alice" };
const server = evaluationKey("SERVER");
const valueOf = (flagKey: string, environment = "staging", project?: string): unknown => {
  const { value, errorCode } = evaluate(instance.tools, admin, {
    flagKey,
    environment,
    project,
    context: alice,
  });
  return errorCode ?? value;
};

beforeAll(async () => {
  const log = openLog({ logLevel: "error", logFormat: "json" }, sink);
  instance = await openInstance({ log });
});
afterAll(async () => instance.close());

describe("the environments in memory", () => {
  it("are current as soon as a change is acknowledged", async () => {
    await instance.addFlag("a", {
      type: "STRING",
      variants: [
        { key: "x", value: "1" },
        { key: "y", value: "2" },
      ],
    });
    expect(valueOf("a")).toBe("1");
    await instance.toggle("a", true);
    expect(valueOf("a")).toBe("1");
    await updateVariant(instance.tools, admin, {
      flagKey: "a",
      variant: "x",
      value: "one",
      expectedVersion: 1,
    });
    for (const environment of ["development", "staging", "production"])
      expect(valueOf("a", environment)).toBe("one");
    await killFlag(instance.tools, admin, { flagKey: "a" });
    expect(
      evaluate(instance.tools, admin, { flagKey: "a", environment: "staging", context: {} }).reason,
    ).toBe("DISABLED");
  });

  it("follow segments", async () => {
    await createSegment(instance.tools, admin, { key: "staff", included: ["bob"] });
    const rules = [{ when: { segment: "staff" }, serve: { variant: "on" } }];
    const environments = [{ environment: "staging", enabled: true, rules, fallthrough: { variant: "off" } }];
    await instance.addFlag("for-staff", { environments });
    expect(valueOf("for-staff")).toBe(false);
    await changeSegmentMembers(instance.tools, admin, { segment: "staff", list: "INCLUDED", add: ["alice"] });
    expect(valueOf("for-staff")).toBe(true);
    await createSegment(instance.tools, admin, { key: "brief", included: ["x"] });
    expect(ruleset(instance.tools, server, {}).segments.map(({ key }) => key)).toEqual(["brief", "staff"]);
    await deleteSegment(instance.tools, admin, { segment: "brief" });
    expect(ruleset(instance.tools, server, {}).segments.map(({ key }) => key)).toEqual(["staff"]);
  });

  it("keep the members of one project's segments from another's", async () => {
    await createProject(instance.tools, admin, { key: "other" });
    await createSegment(instance.tools, admin, { key: "staff", project: "other", included: ["carol"] });
    const otherKey = keyCaller({ keyKind: "SERVER", project: "other", environment: "staging" });
    expect(ruleset(instance.tools, otherKey, {}).segments).toEqual([
      { key: "staff", included: ["carol"], excluded: [] },
    ]);
    const [staff] = ruleset(instance.tools, server, {}).segments;
    expect(staff?.included?.toSorted()).toEqual(["alice", "bob"]);
  });

  it("follow environments and projects as they come, change and go", async () => {
    await createEnvironment(instance.tools, admin, { key: "preview", copyFrom: "staging" });
    expect(valueOf("for-staff", "preview")).toBe(true);
    expect(instance.delivery.snapshots.environmentKeys("default")).toEqual([
      "development",
      "staging",
      "production",
      "preview",
    ]);
    await updateEnvironment(instance.tools, admin, { environment: "preview", protected: true });
    expect(instance.delivery.snapshots.find("default", "preview")?.facts).toMatchObject({
      protected: true,
      version: 2,
    });
    await deleteEnvironment(instance.tools, admin, { environment: "preview", expectedVersion: 2 });
    const gone = { flagKey: "a", environment: "preview", context: {} };
    expect(problemOf(() => evaluate(instance.tools, admin, gone))).toEqual(["NOT_FOUND"]);

    await createProject(instance.tools, admin, { key: "brief" });
    await instance.addFlag("own", { project: "brief" });
    expect(valueOf("own", "staging", "brief")).toBe(false);
    await deleteProject(instance.tools, admin, { project: "brief" });
    expect(instance.delivery.snapshots.hasProject("brief")).toBe(false);
    await createProject(instance.tools, admin, { key: "brief" });
    expect(valueOf("own", "staging", "brief")).toBe("FLAG_NOT_FOUND");
  });

  it("are what a fresh load gives", async () => {
    const fresh = await openInstance({ opened: instance.opened });
    for (const environment of ["development", "staging", "production"]) {
      const here = ruleset(instance.tools, admin, { environment });
      expect(ruleset(fresh.tools, admin, { environment })).toEqual(here);
      const all = { environment, context: alice };
      expect(evaluateAll(fresh.tools, admin, all)).toEqual(evaluateAll(instance.tools, admin, all));
    }
    await fresh.close();
  });

  it("cost no more to change when there is more of everything else", async () => {
    await instance.toggle("a", true);
    instance.statements();
    await instance.toggle("a", false);
    const few = instance.statements();
    for (let index = 0; index < 20; index += 1) await instance.addFlag(`many-${index}`);
    instance.statements();
    await instance.toggle("a", true);
    expect(instance.statements() - few).toBeLessThan(8); // a poll may fall in between
  });

  it("know which numbers are whole", async () => {
    const number = (...values: number[]) => values.map((value, index) => ({ key: `v${index}`, value }));
    await instance.addFlag("whole", { type: "NUMBER", variants: number(1, 2) });
    await instance.addFlag("parts", { type: "NUMBER", variants: number(1, 2.5) });
    await instance.addFlag("declared", {
      type: "NUMBER",
      variants: number(1, 2),
      valueSchema: { type: "number" },
    });
    await instance.addFlag("integers", {
      type: "NUMBER",
      variants: number(1, 2),
      valueSchema: { type: "integer" },
    });
    const whole = ["whole", "parts", "declared", "integers", "a", "nope"].map((key) =>
      instance.delivery.snapshots.hasWholeNumbers("default", key),
    );
    expect(whole).toEqual([true, false, false, true, false, false]);
  });
});

describe("a malformed row", () => {
  const damage = async (statement: ReturnType<typeof sql>): Promise<void> => {
    await note({ database: instance.opened.database }, async (tx) => {
      await tx.execute(statement);
    });
  };

  it("keeps the flag as it last was, others current, and is told once", async () => {
    await instance.addFlag("poisoned", { environments: [{ environment: "staging", enabled: true }] });
    expect(valueOf("poisoned")).toBe(true);
    await damage(
      sql`update flag_environments set fallthrough = '{"variant": "nope"}' where flag = 'poisoned'`,
    );
    logged.length = 0;
    await killFlag(instance.tools, admin, { flagKey: "poisoned" });
    await instance.toggle("for-staff", false);
    expect(valueOf("poisoned")).toBe(true);
    expect(valueOf("for-staff")).toBe(false);
    const told = logged.filter((line) => line.includes("poisoned"));
    expect(told).toHaveLength(3); // once in each environment
    expect(told[0]).toMatch(/malformed/);
    await damage(sql`update flag_environments set fallthrough = '{"variant": "on"}' where flag = 'poisoned'`);
    await instance.toggle("poisoned", true);
    expect(
      evaluate(instance.tools, admin, { flagKey: "poisoned", environment: "staging", context: {} }).reason,
    ).toBe("STATIC");
  });

  it.each([
    ["a rule that is no rule", sql`update flag_environments set rules = '[7]' where flag = 'broken'`],
    ["rules that are no list", sql`update flag_environments set rules = '{}' where flag = 'broken'`],
    [
      "a gate off the grid",
      sql`update flag_environments set rules = '[{"id":"r","name":null,"when":null,"gate":{"percent":0.00001,"bucketBy":null,"seed":null},"serve":{"variant":"on"},"startsAt":null,"endsAt":null}]' where flag = 'broken'`,
    ],
    [
      "a fallthrough of nothing",
      sql`update flag_environments set fallthrough = 'null' where flag = 'broken'`,
    ],
  ])("that was never anything else answers PARSE_ERROR: %s", async (_name, statement) => {
    if (valueOf("broken") === "FLAG_NOT_FOUND") await instance.addFlag("broken");
    await damage(statement);
    const fresh = await openInstance({ opened: instance.opened });
    const { evaluations } = evaluateAll(fresh.tools, admin, { environment: "staging", context: alice });
    expect(evaluations.filter(({ errorCode }) => errorCode !== undefined)).toMatchObject([
      { key: "broken", errorCode: "PARSE_ERROR", reason: "ERROR" },
    ]);
    expect(evaluations.length).toBeGreaterThan(20);
    await fresh.close();
  });

  it("among segments keeps the segment as it last was", async () => {
    await instance.toggle("for-staff", true);
    expect(valueOf("for-staff")).toBe(true);
    await damage(
      sql`update segments set "when" = '{"attribute": 5}' where key = 'staff' and project = 'default'`,
    );
    await changeSegmentMembers(instance.tools, admin, {
      segment: "staff",
      list: "INCLUDED",
      remove: ["alice"],
    });
    expect(valueOf("for-staff")).toBe(true);
  });
});
