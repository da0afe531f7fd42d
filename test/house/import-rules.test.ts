/** The import rules catch what they forbid: a small house is built wrong on purpose, one mistake a rule. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

/** File → what it imports. Relative paths are written from src/, packages by name. */
const wrong: readonly (readonly [rule: string, file: string, imports: string])[] = [
  ["floors-0", "evaluation/knows-platform.ts", "platform/log.ts"],
  ["floors-1", "platform/knows-a-room.ts", "features/flags/index.ts"],
  ["floors-2", "features/flags/knows-the-api.ts", "api/graphql/schema.ts"],
  ["floors-3", "api/knows-the-app.ts", "app.ts"],
  ["floors-4", "app.ts", "cli/serve.ts"],
  ["ground-floor-has-no-builtins", "evaluation/reads-files.ts", "node:fs"],
  ["ground-floor-packages", "statistics/takes-a-package.ts", "zod"],
  ["ground-floor-neighbours", "statistics/evaluates.ts", "evaluation/index.ts"],
  ["sdk-is-next-door", "sdk/knows-platform.ts", "platform/log.ts"],
  ["dashboard-is-next-door", "dashboard/evaluates.ts", "evaluation/index.ts"],
  ["server-stays-home", "api/serves-code.ts", "dashboard/page.ts"],
  ["room-order-projects", "features/projects/looks-ahead.ts", "features/flags/index.ts"],
  ["room-order-unlisted", "features/attic/things.ts", "platform/log.ts"],
  ["room-order-unknown", "api/opens-the-attic.ts", "features/attic/index.ts"],
  ["doorways", "features/flags/through-the-window.ts", "features/projects/rename-project.ts"],
  ["doorways-from-outside", "api/through-the-window.ts", "features/projects/rename-project.ts"],
  ["doorway-evaluation", "sdk/through-the-window.ts", "evaluation/matches.ts"],
  ["doorway-statistics", "platform/counts.ts", "statistics/mean.ts"],
  ["doorway-database", "features/flags/connects.ts", "platform/database/postgres.ts"],
  ["doorway-bus", "features/delivery/rings.ts", "platform/bus/redis.ts"],
  ["doorway-is-for-others", "features/flags/goes-round.ts", "features/flags/index.ts"],
  ["table-stands-alone", "features/flags/rule.table.ts", "features/projects/index.ts"],
  ["table-in-reach", "features/flags/way.table.ts", "features/flags/way-out.ts"],
  ["furniture-use-case", "features/flags/way-out.ts", "features/flags/flag.types.ts"],
  ["furniture-use-case", "features/flags/notes/add-note.ts", "features/flags/notes/note.types.ts"],
  ["furniture-store", "features/flags/flag.store.ts", "features/flags/flag.queries.ts"],
  ["furniture-types", "features/flags/gate.types.ts", "features/flags/flag.resolver.ts"],
  ["furniture-pure-noun", "features/flags/flag.ts", "features/flags/rule.table.ts"],
  ["furniture-pure-noun", "features/flags/notes/note.ts", "features/flags/notes/note.store.ts"],
  ["one-door-ioredis", "platform/bus/local.ts", "ioredis"],
  ["one-door-postgres", "features/flags/drives.store.ts", "postgres"],
  ["one-door-drizzle-orm", "features/flags/queries.ts", "drizzle-orm/pg-core"],
  ["one-door-type-graphql", "features/flags/decorates.ts", "type-graphql"],
  ["one-door-@apollo", "api/rest/socket.ts", "ws"],
  ["one-door-fastify", "platform/http/server.ts", "fastify"],
  ["one-door-jose", "features/projects/signs.ts", "@node-rs/argon2"],
  ["one-door-pino", "features/flags/logs.ts", "pino"],
  ["one-door-commander", "app.ts", "commander"],
  ["no-circles", "features/ledger/first.ts", "features/ledger/second.ts"],
  ["no-tests-in-src", "platform/tested.ts", "../test/support/tools.ts"],
  ["no-dev-packages", "platform/checked.ts", "fast-check"],
  ["no-unknown-packages", "platform/hopes.ts", "acorn"],
  ["no-unresolvable", "platform/misses.ts", "platform/nothing.ts"],
];

const right: typeof wrong = [
  ["a circle is reported once", "features/ledger/second.ts", "features/ledger/first.ts"],
  ["a later room enters by the doorway", "features/delivery/evaluate.ts", "features/flags/index.ts"],
  [
    "a table names another room's table",
    "features/segments/segment.table.ts",
    "features/projects/project.table.ts",
  ],
  [
    "a table names what stands in a folder of its room",
    "features/segments/segment-note.table.ts",
    "features/segments/notes/note.ts",
  ],
  ["a store uses drizzle", "features/segments/segment.store.ts", "drizzle-orm"],
  ["the bus uses Redis", "platform/bus/redis.ts", "ioredis"],
  ["the evaluator matches expressions", "evaluation/matches.ts", "re2js"],
  ["the client library evaluates", "sdk/client.ts", "evaluation/index.ts"],
  ["a test looks anywhere", "../test/features/flags/flag.test.ts", "features/flags/flag.table.ts"],
];

const house = mkdtempSync(join(tmpdir(), "halyard-house-"));
let violations: readonly Violation[] = [];

beforeAll(() => {
  for (const name of [".dependency-cruiser.cjs", "package.json"]) cpSync(name, join(house, name));
  symlinkSync(resolve("node_modules"), join(house, "node_modules"));
  const files = new Map<string, string[]>([["platform/alone.ts", []]]);
  for (const [, file, target] of [...wrong, ...right]) {
    files.set(file, [...(files.get(file) ?? []), target]);
    const missing = target.endsWith(".ts") && target !== "platform/nothing.ts" && !files.has(target);
    if (missing) files.set(target, []);
  }
  for (const [file, targets] of files) write(file, targets);
  violations = cruise();
});

afterAll(() => {
  rmSync(house, { recursive: true });
});

test.each(wrong)("%s: %s may not import %s", (rule, file) => {
  expect(rulesBrokenBy(file)).toContain(rule);
});

test.each(right)("%s", (_, file) => {
  expect(rulesBrokenBy(file)).toEqual([]);
});

test("a file that nobody imports and that imports nothing is an orphan", () => {
  expect(rulesBrokenBy("platform/alone.ts")).toEqual(["no-orphans"]);
});

test("every rule of the configuration is broken once here", () => {
  const broken = new Set(violations.map((violation) => violation.rule.name));
  expect(ruleNames().filter((name) => !broken.has(name) && !name.startsWith("room-order-"))).toEqual([]);
});

function rulesBrokenBy(file: string): readonly string[] {
  const from = join("src", file);
  return violations.filter((violation) => violation.from === from).map((violation) => violation.rule.name);
}

/** Every import is of a type alone: the rules must see those as well. */
function write(file: string, targets: readonly string[]): void {
  const path = join(house, "src", file);
  const lines = targets.map((target, index) => {
    const specifier = target.endsWith(".ts") ? relativeSpecifier(path, join(house, "src", target)) : target;
    return `import type { Thing${String(index)} } from "${specifier}";`;
  });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join("\n")}\nexport {};\n`);
}

function relativeSpecifier(from: string, to: string): string {
  const path = relative(dirname(from), to).replace(/\.ts$/, ".js");
  return path.startsWith(".") ? path : `./${path}`;
}

function cruise(): readonly Violation[] {
  const depcruise = resolve("node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const arguments_ = [
    depcruise,
    "src",
    "test",
    "--config",
    ".dependency-cruiser.cjs",
    "--output-type",
    "json",
  ];
  const { stdout, stderr } = spawnSync(process.execPath, arguments_, { cwd: house, encoding: "utf8" });
  expect(stderr).toBe("");
  const result = JSON.parse(stdout) as { summary: { violations: readonly Violation[] } };
  return result.summary.violations;
}

function ruleNames(): readonly string[] {
  const { forbidden } = createRequire(import.meta.url)("../../.dependency-cruiser.cjs") as {
    forbidden: readonly { readonly name: string }[];
  };
  return forbidden.map((rule) => rule.name);
}
