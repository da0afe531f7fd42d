/** The top level holds what the house plan names and nothing else. */
import { expect, test } from "vitest";
import { repositoryFiles } from "./repository.js";

const folders = new Set([".ci", "bench", "deploy", "docs", "drizzle", "examples", "src", "test"]);

const files = [
  ".dependency-cruiser.cjs",
  ".dockerignore",
  ".env.example",
  ".gitignore",
  ".oxlintrc.json",
  ".prettierignore",
  ".prettierrc.json",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "Dockerfile",
  "LICENSE",
  "README.md",
  "docker-compose.yml",
  "drizzle.config.ts",
  "knip.json",
  "package-lock.json",
  "package.json",
  "schema.graphql",
  "tsconfig.build.json",
  "tsconfig.json",
  "vitest.config.ts",
];

const paths = repositoryFiles();

test("no folder stands at the top level without a place in the plan", () => {
  const found = paths.filter((path) => path.includes("/")).map((path) => path.slice(0, path.indexOf("/")));
  expect([...new Set(found)].filter((name) => !folders.has(name))).toEqual([]);
});

test("the top level has every file of the plan and no other", () => {
  expect(paths.filter((path) => !path.includes("/")).sort()).toEqual([...files].sort());
});

test("no folder is an attic", () => {
  const attics = new Set(["utils", "helpers", "common", "shared", "misc", "types"]);
  const found = paths.filter((path) =>
    path
      .split("/")
      .slice(0, -1)
      .some((name) => attics.has(name)),
  );
  expect(found, "name the folder for what it holds").toEqual([]);
});

test("every name is in kebab-case", () => {
  const own = paths.filter((path) => /^(src|test|bench|docs|deploy)\//.test(path));
  const wrong = own.filter(
    (path) => !/^([a-z0-9.-]+\/)*([a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*|README\.md|Caddyfile)$/.test(path),
  );
  expect(wrong).toEqual([]);
});
