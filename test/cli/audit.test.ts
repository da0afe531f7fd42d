/** `halyard audit`: from the first row to an auditor's desk, where there is no server. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { auditVerifyCommand } from "../../src/cli/audit.js";
import { exitCodeOf, explainFailure } from "../../src/cli/failure.js";
import { createCheckpointKeys, tokenOf } from "../../src/features/ledger/index.js";
import { signLedger } from "../../src/features/ledger/sign-ledger.js";
import { openPostgres } from "../../src/platform/database/postgres.js";
import { StartProblem } from "../../src/platform/start-problem.js";
import { recordLongAgo } from "../features/ledger/ledger-fixture.js";
import { freshPostgresUrl } from "../support/databases.js";
import { runHalyard } from "../support/server-process.js";
import { testSecretKey } from "../support/server.js";

const keys = createCheckpointKeys([testSecretKey]);
let folder: string;
let env: Record<string, string>;
let file: string;
/** Of row 5, the last. */
let token: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-audit-"));
  const url = await freshPostgresUrl(); // sooner open than the embedded database, which serve.test.ts verifies
  env = { NODE_ENV: "test", DATABASE_URL: url, SECRET_KEY: testSecretKey };
  file = join(folder, "audit.ndjson");
  const { database, close } = await openPostgres(url);
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

it("says so where it was not asked well", async () => {
  const asked = auditVerifyCommand(env, { checkpoint: ["x"], publicKey: ["y"] });
  const problem: unknown = await asked.catch((error: unknown) => error);
  expect([exitCodeOf(problem), explainFailure(problem)]).toEqual([
    2,
    expect.stringMatching(/--checkpoint.*--public-key/),
  ]);
});

it("says so where the database was never migrated", async () => {
  const url = await freshPostgresUrl();
  const { database, close } = await openPostgres(url);
  await database.execute(sql`drop table ledger_checkpoints, changes`);
  await close();
  const asked = auditVerifyCommand({ ...env, DATABASE_URL: url }, { checkpoint: [], publicKey: [] });
  await expect(asked).rejects.toThrow(StartProblem);
  await expect(asked).rejects.toThrow("run `halyard migrate` first");
});
