/** Rules of style that the linter cannot express, read from the syntax tree of every source file. */
import { parseSync } from "@swc/core";
import { describe, expect, test } from "vitest";
import { read, typescriptFiles } from "./repository.js";

interface Node {
  readonly type: string;
  readonly [member: string]: unknown;
}

interface Rule {
  readonly says: string;
  readonly breaks: (node: Node) => boolean;
  /** What breaks the rule, and what looks alike and does not. */
  readonly bad: string;
  readonly good: string;
  /** Files that the rule leaves alone. */
  readonly except?: RegExp;
}

const rules: readonly Rule[] = [
  {
    says: 'no TypeScript enum: write `const Role = { ADMIN: "ADMIN" } as const` and a type of the same name',
    breaks: (node) => node.type === "TsEnumDeclaration",
    bad: "export enum Role { ADMIN }",
    good: 'export const Role = { ADMIN: "ADMIN" } as const;',
  },
  {
    says: "no `export *`: a doorway names what it lets out",
    breaks: (node) => node.type === "ExportAllDeclaration",
    bad: 'export * from "./flag.js";',
    good: 'export { Flag } from "./flag.js";',
  },
  {
    says: "no `new Date()`: time comes in as an argument, tools.now() in features; app.ts, main.ts and cli/ hold the clock",
    breaks: (node) => node.type === "NewExpression" && isDate(node["callee"]) && isEmpty(node["arguments"]),
    bad: "const at = () => [new Date()];",
    good: "const at = new Date(0);",
    except: /^src\/((app|main)\.ts$|cli\/)/,
  },
  {
    says: "no `Date()`: it reads the clock and answers in the server's own time zone",
    breaks: (node) => node.type === "CallExpression" && isDate(node["callee"]),
    bad: "const at = `${Date()}`;",
    good: "const at = Date.parse(text);",
  },
  {
    says: 'no `import("…").Name` as a type: the import rules do not see it',
    breaks: (node) => node.type === "TsImportType",
    bad: 'let flags: Map<string, import("./flag.js").Flag>;',
    good: 'const flags = import("./flag.js");',
  },
  {
    says: "no `.transaction(…)`: `write` and `note` open the transactions that change rows, `firstAnswer` those that read",
    breaks: (node) => node.type === "CallExpression" && memberOf(node["callee"]) === "transaction",
    bad: "const open = async () => tools.database.transaction(work);",
    good: "const open = async () => write(tools, proof, work);",
    except: /^src\/(features\/ledger\/(write|first-answer)\.ts$|platform\/database\/)/,
  },
  {
    says: "no row is changed but through `tx`, which `write` or `note` gave",
    breaks: (node) => node.type === "CallExpression" && changesRows(node["callee"]),
    bad: "const add = async () => tools.database.insert(flags);",
    good: "const add = async () => tx.insert(flags);",
  },
];

const files = typescriptFiles("src");

describe.each(rules)("$says", ({ breaks, bad, good, except }) => {
  test("is seen when broken, and only then", () => {
    expect(nodesOf(bad).some(breaks)).toBe(true);
    expect(nodesOf(good).some(breaks)).toBe(false);
  });

  test("holds in src/", () => {
    const bound = files.filter((file) => except?.test(file) !== true);
    expect(bound.filter((file) => nodesOf(read(file)).some(breaks))).toEqual([]);
  });
});

test("every source file begins with a sentence that says why it exists", () => {
  const silent = files.filter((file) => {
    const comment = /^(?:#!.*\n)?\/\*\*?([^]*?)\*\//.exec(read(file))?.[1] ?? "";
    const text = comment.replaceAll(/\n\s*\*?/g, " ").trim();
    return !/^\S+ \S.*[.:]( |$)/.test(text);
  });
  expect(silent).toEqual([]);
});

/** Every node of a source text's syntax tree, in no particular order. */
function nodesOf(source: string): readonly Node[] {
  const found: Node[] = [];
  const open: unknown[] = [parseSync(source, { syntax: "typescript", decorators: true })];
  while (open.length > 0) {
    const next = open.pop();
    if (next === null || typeof next !== "object") continue;
    if ("type" in next) found.push(next as Node);
    open.push(...(Object.values(next) as unknown[]));
  }
  return found;
}

function isDate(callee: unknown): boolean {
  const { type, value } = callee as Node;
  return type === "Identifier" && value === "Date";
}

/** The name of the member that is called; undefined for a callee that is none. */
function memberOf(callee: unknown): unknown {
  const { type, property } = callee as Node;
  return type === "MemberExpression" ? (property as Node)["value"] : undefined;
}

function changesRows(callee: unknown): boolean {
  if (!["insert", "update", "delete"].includes(String(memberOf(callee)))) return false;
  const object = (callee as Node)["object"] as Node;
  return object["value"] === "database" || memberOf(object) === "database";
}

function isEmpty(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0;
}
