/** `halyard audit new-epoch`, as an operator types it after a restore. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runHalyard } from "../support/server-process.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-new-epoch-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

it("begins an epoch above the one that was seen, and says so", async () => {
  const args = ["audit", "new-epoch", "--reason", "restored the backup of Monday", "--seen", "4.711"];
  const { code, output } = await runHalyard(args, { NODE_ENV: "test", DATA_DIR: folder });
  expect([code, output]).toEqual([0, expect.stringContaining("epoch 5 begins after it")]);
}, 60_000);
