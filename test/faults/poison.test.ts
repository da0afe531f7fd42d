/** Rows that no version of the server wrote: a bad definition harms itself alone, says so once, and is taken back when it is mended. */
import { Writable } from "node:stream";
import { type SQL, sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluate, evaluateAll, ruleset } from "../../src/features/delivery/index.js";
import { deleteFlag } from "../../src/features/flags/delete-flag.js";
import { listFlagEnvironments } from "../../src/features/flags/flag-environment.store.js";
import { killFlag } from "../../src/features/flags/kill-flag.js";
import { setFlagEnabled } from "../../src/features/flags/set-flag-enabled.js";
import { updateFlagEnvironment } from "../../src/features/flags/update-flag-environment.js";
import { createSegment } from "../../src/features/segments/create-segment.js";
import { canonicalJson } from "../../src/features/ledger/index.js";
import type { OpenDatabase } from "../../src/platform/database/index.js";
import { openLog } from "../../src/platform/log.js";
import { admin, type Instance, openInstance } from "../features/delivery/delivery-fixture.js";
import { entry, record } from "../features/ledger/ledger-fixture.js";
import { freshDatabase } from "../support/databases.js";
import { tamper } from "../support/tamper.js";

const context = { targetingKey: "alice" };
const place = { environment: "staging", context };
let logged: string[] = [];
const log = openLog(
  { logLevel: "error", logFormat: "json" },
  new Writable({
    write: (line: Buffer, _encoding, done) => {
      logged.push(line.toString());
      done();
    },
  }),
);
const logOf = (name: string): string[] => logged.filter((line) => line.includes(name));

let opened: OpenDatabase;
let here: Instance;
beforeAll(async () => {
  opened = await freshDatabase("postgresql");
  here = await openInstance({ opened, log, compareEveryMs: 300 });
  await createSegment(here.tools, admin, { key: "staff", included: ["alice"] });
  for (const key of ["healthy", "poisoned", "silent", "fuzzed"]) {
    const rules = [{ when: { segment: "staff" }, serve: { variant: "on" } }];
    await here.addFlag(key, { environments: [{ environment: "staging", enabled: true, rules }] });
  }
});
afterAll(async () => {
  await here.close();
  await opened.close();
});

const answer = (flagKey: string, instance = here) => evaluate(instance.tools, admin, { flagKey, ...place });
const damage = async (statement: SQL): Promise<void> => {
  await tamper(opened.database, async (tx) => tx.execute(statement));
};
/** A row of the ledger that names the subject, as any change of it leaves. */
const ring = async (subjectType: "FLAG" | "SEGMENT" | "PROJECT", subject: string): Promise<void> => {
  const doorbell = { subjectType, subject, before: undefined, after: undefined };
  await record(here.tools, entry({ ...doorbell, kind: "flag.updated" }));
};

async function until(holds: () => boolean, withinMs = 4_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error("did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("a definition that cannot be read", () => {
  it("stays as it last was, is told once, and is taken back when it is mended; others change meanwhile", async () => {
    expect(answer("poisoned").value).toBe(true);
    await damage(sql`update flag_environments set rules = '[{"id": 7}]' where flag = 'poisoned'`);
    for (let round = 0; round < 3; round += 1) await ring("FLAG", "poisoned");
    expect(answer("poisoned")).toMatchObject({ value: true, reason: "TARGETING_MATCH" });
    expect(here.delivery.status()).toMatchObject({ quarantined: 3, stale: false, divergences: 0 });
    const fresh = await openInstance({ opened });
    expect(answer("poisoned", fresh)).toMatchObject({ errorCode: "PARSE_ERROR" });
    expect(answer("healthy", fresh).value).toBe(true);
    await fresh.close();
    for (const enabled of [false, true]) {
      await setFlagEnabled(here.tools, admin, { flagKey: "healthy", environment: "staging", enabled });
      expect(answer("healthy").reason).toBe(enabled ? "TARGETING_MATCH" : "DISABLED");
    }
    expect(logOf("poisoned")).toHaveLength(3); // once in each environment
    await damage(sql`update flag_environments set rules = '[]' where flag = 'poisoned'`);
    await ring("FLAG", "poisoned");
    expect(answer("poisoned").reason).toBe("STATIC");
    expect(here.delivery.status().quarantined).toBe(0);
  });

  it("can be killed, and mended through the API", async () => {
    const key = "emergency";
    await here.addFlag(key, { environments: [{ environment: "staging", enabled: true }] });
    for (const rules of ['"none"', "[null]", '[{"garbage": true}]']) {
      await damage(sql`update flag_environments set enabled = true, rules = ${rules}::text::jsonb
        where flag = ${key} and environment = 'staging'`);
      await killFlag(here.tools, admin, { flagKey: key });
      expect(await listFlagEnvironments(opened.database, "default", [key])).toMatchObject([
        { enabled: false },
        { enabled: false },
        { enabled: false },
      ]);
    }
    const mended = { flagKey: key, environment: "staging", rules: [] };
    await updateFlagEnvironment(here.tools, admin, mended);
    expect(answer(key).reason).toBe("DISABLED");
    await deleteFlag(here.tools, admin, { flagKey: key });
  });

  it("is found, and found mended, although no row of the ledger says so", async () => {
    logged = [];
    await damage(
      sql`update flag_environments set fallthrough = '[]' where flag = 'silent' and environment = 'staging'`,
    );
    await until(() => here.delivery.status().quarantined === 1);
    const { divergences } = here.delivery.status();
    expect(divergences).toBe(1);
    expect(answer("silent")).toMatchObject({ value: true, reason: "TARGETING_MATCH" });
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // several comparisons
    expect(here.delivery.status().divergences).toBe(1);
    expect(logOf("set aside")).toHaveLength(1);
    await damage(
      sql`update flag_environments set fallthrough = '{"variant": "off"}', rules = '[]' where flag = 'silent' and environment = 'staging'`,
    );
    await until(() => here.delivery.status().quarantined === 0);
    expect(answer("silent")).toMatchObject({ value: false, reason: "STATIC" });
  });

  it("among segments is told once for the whole project", async () => {
    logged = [];
    await damage(sql`update segments set "when" = '{"all": 5}' where key = 'staff'`);
    await ring("SEGMENT", "staff");
    expect(logOf("staff")).toHaveLength(1);
    expect(here.delivery.status().quarantined).toBe(1);
    expect(answer("healthy").reason).toBe("TARGETING_MATCH");
    await damage(sql`update segments set "when" = null where key = 'staff'`);
    await ring("SEGMENT", "staff");
    expect(here.delivery.status().quarantined).toBe(0);
  });
});

/** JSON that people would never write; the last nests deeper than it can be written by JSON.stringify. */
const garbage: readonly string[] = [
  ...fc
    .sample(fc.json({ maxDepth: 5 }), { numRuns: 10, seed: 20_260_101 })
    .filter((text) => !text.includes("\\u0000")),
  ...[
    `null`,
    `1e400`,
    `"\\ud83d\\ude00"`,
    `[null]`,
    `[[]]`,
    `[{}]`,
    `{"variant": null}`,
    `{"variant": {}}`,
    `{"split": 1}`,
  ],
  ...[
    `{"split": [{"variant": "on", "weight": -1}], "bucketBy": {}}`,
    `[{"id": "r", "when": {"not": {}}, "serve": null}]`,
  ],
  `[{"id": "r", "name": [], "when": null, "gate": {"percent": 1e-9}, "serve": {"variant": "on"}, "startsAt": 5, "endsAt": {}}]`,
  ...[
    `[{"attribute": 5, "values": {}, "variant": "on"}]`,
    `{"all": [{"attribute": "a", "operator": "MATCHES", "values": ["(((("]}]}`,
  ],
  `{"attribute": "a", "operator": "NO_SUCH_OPERATOR", "values": [1]}`,
  `${"[".repeat(6_000)}${"]".repeat(6_000)}`,
];

const jsonColumns: readonly (readonly [string, (text: string) => SQL, "FLAG" | "SEGMENT", string])[] = [
  ...["rules", "targets", "prerequisites", "fallthrough"].map(
    (column) =>
      [
        `flag_environments.${column}`,
        (text: string) =>
          sql`update flag_environments set ${sql.identifier(column)} = ${text}::jsonb where flag = 'fuzzed'`,
        "FLAG",
        "fuzzed",
      ] as const,
  ),
  [
    "variants.value",
    (text) => sql`update variants set value = ${text}::jsonb where flag = 'fuzzed'`,
    "FLAG",
    "fuzzed",
  ],
  [
    "variants.value of a flag of JSON",
    (text) =>
      sql`with typed as (update flags set type = 'JSON' where key = 'fuzzed') update variants set value = ${text}::jsonb where flag = 'fuzzed'`,
    "FLAG",
    "fuzzed",
  ],
  [
    "flags.value_schema",
    (text) => sql`update flags set type = 'NUMBER', value_schema = ${text}::jsonb where key = 'fuzzed'`,
    "FLAG",
    "fuzzed",
  ],
  [
    "segments.when",
    (text) => sql`update segments set "when" = ${text}::jsonb where key = 'staff'`,
    "SEGMENT",
    "staff",
  ],
];

/** All answers and definitions, as every reader gets them. */
function spelt({ tools }: Instance): string {
  return canonicalJson([
    evaluateAll(tools, admin, place).evaluations,
    ruleset(tools, admin, { environment: "staging" }),
  ]);
}

describe("whatever stands in", () => {
  it.each(jsonColumns)("%s, memory follows and others answer", async (_name, statement, type, key) => {
    for (const text of garbage) {
      await damage(statement(text));
      await ring(type, key);
      expect(here.delivery.reader.status().up).toBe(true);
      expect(spelt(here)).toContain("fuzzed");
    }
    const fresh = await openInstance({ opened });
    expect(spelt(fresh)).toContain("fuzzed");
    expect(evaluateAll(fresh.tools, admin, place).evaluations).toHaveLength(4);
    await fresh.close();
    await damage(sql`update segments set "when" = null`);
    await ring("SEGMENT", "staff");
  });

  const words: readonly (readonly [string, SQL])[] = [
    ["a type that is none", sql`update flags set type = 'COLOUR' where key = 'fuzzed'`],
    ["lists in a list of tags", sql`update flags set tags = '{{a,b},{c,NULL}}' where key = 'fuzzed'`],
    [
      "an off variant that is none",
      sql`update flag_environments set off_variant = 'none' where flag = 'fuzzed'`,
    ],
    ["times without end", sql`update flags set created_at = 'infinity', updated_at = '-infinity'`],
    [
      "a project without a beginning",
      sql`update projects set created_at = '-infinity', flag_key_pattern = '((('`,
    ],
    ["environments without end", sql`update environments set updated_at = 'infinity', position = -5`],
    [
      "proofs that nobody can read",
      sql`update environments set require_context_proof = true, context_proof_secret = 'x'`,
    ],
  ];
  it.each(words)("columns of words and times: %s", async (_name, statement) => {
    await damage(sql`alter table flags drop constraint if exists flags_type`);
    await damage(statement);
    await ring("PROJECT", "default");
    await ring("FLAG", "fuzzed");
    const fresh = await openInstance({ opened });
    for (const instance of [here, fresh]) {
      expect(instance.delivery.reader.status().up).toBe(true);
      expect(answer("healthy", instance).reason).toBe("TARGETING_MATCH");
    }
    await fresh.close();
  });

  it("rows of the ledger that name nothing, memory follows", async () => {
    for (const subjectType of ["PROJECT", "ENVIRONMENT", "SEGMENT", "FLAG"] as const) {
      await record(here.tools, entry({ subjectType, subject: "'; no id, no key" }));
    }
    await here.delivery.reader.reach({ epoch: 1, seq: here.delivery.reader.position().seq + 1 });
    expect(here.delivery.reader.status()).toMatchObject({ up: true, lag: 0 });
    expect(answer("healthy").reason).toBe("TARGETING_MATCH");
  });
});
