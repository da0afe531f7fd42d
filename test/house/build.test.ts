/** `npx halyard` runs the built file by itself, and npm marks it as a program only the first time that it sees the folder. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { packageJson } from "./repository.js";

test.skipIf(process.platform === "win32")("what was built can be run by its name", () => {
  const { scripts } = packageJson();
  const [compile, ...finish] = (scripts["build"] ?? "").split(" && ");
  expect(compile).toBe("tsc -p tsconfig.build.json");
  const folder = mkdtempSync(join(tmpdir(), "halyard-build-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "dist/platform/database"), { recursive: true });
  const compiled = join(folder, "dist/main.js");
  writeFileSync(compiled, "#!/usr/bin/env node\n", { mode: 0o644 });
  writeFileSync(
    join(folder, "dist/platform/database/blank-cluster.js"),
    "export function writeBlankCluster() {}",
  );
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  execFileSync("sh", ["-c", finish.join(" && ")], { cwd: folder });
  expect(statSync(compiled).mode & 0o111).toBe(0o111);
});
