/** The repository as files, for the tests that hold the house's rules. Paths are relative to its root, with `/`. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Every file that is or would be committed: tracked ones and new ones that .gitignore does not name. */
export function repositoryFiles(): readonly string[] {
  if (!existsSync(".git")) return [...walk(".", new Set(ignoredNames()))];
  const arguments_ = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const listed = execFileSync("git", arguments_, { encoding: "utf8" }).split("\0");
  return [...new Set(listed)].filter((file) => file !== "" && existsSync(file)).sort();
}

/** The TypeScript files below a folder; none when there is no such folder. */
export function typescriptFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return [...walk(folder, new Set(["node_modules", "dist"]))].filter((file) => /\.tsx?$/.test(file)).sort();
}

export function read(file: string): string {
  return readFileSync(file, "utf8");
}

/** package.json, as far as the tests ask for it. */
export function packageJson(): { readonly scripts: Readonly<Record<string, string>> } {
  return JSON.parse(read("package.json")) as { scripts: Record<string, string> };
}

/** A source archive has no .git; its ignored names are then read from .gitignore itself. */
function ignoredNames(): readonly string[] {
  return [".git", ...read(".gitignore").split("\n").filter(Boolean)];
}

function* walk(folder: string, ignored: ReadonlySet<string>): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = folder === "." ? entry.name : `${folder}/${entry.name}`;
    if (ignored.has(entry.name)) continue;
    if (entry.isDirectory()) yield* walk(path, ignored);
    else yield path;
  }
}
