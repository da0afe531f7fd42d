/** What the repository carries makes sense on every machine: no local path, no registry host, no note to self. */
import { statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { read, repositoryFiles } from "./repository.js";

/** One letter of each stands in brackets, so that this file does not find itself. */
const forbidden: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a path of one machine", /(^|[^\w./:-])\/(r[o]ot|w[o]rk|U[s]ers)\//],
  ["a note to self", /\b(T[O]DO|F[I]XME|X[X]X)\b/],
  ["an unfinished merge", /^(<{7}|>{7})/],
];

const largestBytes = 1024 * 1024;

const files = repositoryFiles();
const texts = files.filter((file) =>
  /(^|\/)\.?[^.]*$|\.(ts|tsx|js|cjs|mjs|json|md|yml|yaml|sql|graphql|html|css|sh|txt)$/.test(file),
);

describe.each(forbidden)("%s", (_, pattern) => {
  test("stands nowhere", () => {
    const found = texts.flatMap((file) =>
      read(file)
        .split("\n")
        .flatMap((line, index) =>
          pattern.test(line) ? [`${file}:${String(index + 1)}: ${line.trim()}`] : [],
        ),
    );
    expect(found).toEqual([]);
  });
});

test.each(files.filter((file) => file.endsWith("package-lock.json")))("%s names no registry", (file) => {
  expect(read(file).match(/"resolved": "(?!examples\/).*"/g) ?? []).toEqual([]);
});

test("no file is large", () => {
  expect(files.filter((file) => statSync(file).size > largestBytes)).toEqual([]);
});
