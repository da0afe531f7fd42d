/** `halyard audit`: from the first row to an auditor's desk, where there is no server. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createCheckpointKeys, tokenOf } from "../../src/features/ledger/index.js";
import { signLedger } from "../../src/features/ledger/sign-ledger.js";
import { openEmbedded } from "../../src/platform/database/embedded.js";
import { recordLongAgo } from "../features/ledger/ledger-fixture.js";
import { runHalyard } from "../support/server-process.js";
import { testSecretKey } from "../support/server.js";
import { silentLog } from "../support/silent-log.js";

const keys = createCheckpointKeys([testSecretKey]);
let folder: string;
let env: Record<string, string>;
let file: string;
/** Of row 5, the last. */
let token: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-audit-"));
  env = { NODE_ENV: "test", DATA_DIR: folder, SECRET_KEY: testSecretKey };
  file = join(folder, "audit.ndjson");
  const { database, migrate, close } = await openEmbedded(folder, silentLog);
  await migrate();
  await recordLongAgo(database, 2, 5);
  const signing = await signLedger({ database, keys });
  token = signing.kind === "signed" ? tokenOf(signing.checkpoint) : "";
  await close();
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const audit = async (...args: string[]) => runHalyard(["audit", ...args], env);

it("says that all is well, exports it, and says so again of the file alone", async () => {
  const verified = await audit("verify", "--checkpoint", token);
  expect(verified).toMatchObject({ code: 0, output: expect.stringContaining("Read 5 rows") as unknown });
  expect(verified.output).toContain("Everything is as it was written.");
  expect(await audit("public-key")).toEqual({ code: 0, output: `${keys.publicKeys[0]}\n` });
  expect(await audit("export", "--file", file)).toEqual({ code: 0, output: "" });
  const key = keys.publicKeys[0] ?? "";
  const alone = await runHalyard(["audit", "verify", "--file", file, "--public-key", key, "--json"], {});
  expect(alone.code).toBe(0);
  expect(JSON.parse(alone.output)).toMatchObject({
    ok: true,
    rows: 5,
    checkpoints: 1,
    newestCheckpoint: token,
  });
});

it("finds what was done to the file, and ends with 1", async () => {
  const exported = await readFile(file, "utf8");
  await writeFile(file, exported.replace('{\\"index\\":1}', '{\\"index\\":2}'));
  const { code, output } = await runHalyard(["audit", "verify", "--file", file], {});
  expect([code, output]).toEqual([1, expect.stringContaining("Row 2 has another body")]);
  expect(output).toContain("give yours with --public-key");
});

it("ends with 2 where it was not asked well", async () => {
  const { code, output } = await audit("verify", "--checkpoint", "x", "--public-key", "y");
  expect([code, output]).toEqual([2, expect.stringMatching(/--checkpoint.*--public-key/)]);
});
