/** The process around the commands: where its settings come from, and a reader that leaves early. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const env = {
  PATH: process.env["PATH"] ?? "",
  TSX_TSCONFIG_PATH: fileURLToPath(new URL("../tsconfig.json", import.meta.url)),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-main-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** What `halyard` says on standard error. */
async function complaint(shell: string, settings: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve) => {
    const command = shell.replace("halyard", `"${process.execPath}" --import "${tsx}" "${main}"`);
    execFile("sh", ["-c", command], { cwd: folder, env: { ...env, ...settings } }, (_error, _printed, said) =>
      resolve(said),
    );
  });
}

it("reads .env where it starts, and what the environment says already wins", async () => {
  await writeFile(join(folder, ".env"), "PORT=from-file\nSANDBOX=from-file\n");
  const said = await complaint("halyard serve", { SANDBOX: "from-environment" });
  expect(said).toMatch(/PORT: .*"from-file"/);
  expect(said).toMatch(/SANDBOX: .*"from-environment"/);
});

it("ends quietly when whoever reads its output has seen enough", async () => {
  expect(await complaint("halyard schema | true")).toBe("");
});
