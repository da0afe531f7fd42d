/** A server that is killed under load has lost nothing that it answered, and does nothing twice. `test/faults/kill-nine.ts` goes on for longer. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freshPostgresUrl } from "../support/databases.js";
import { testSecretKey } from "../support/server.js";
import { service } from "../support/services.js";
import { killOften } from "./kill-nine/kill-often.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-kill-nine-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

it.each(["embedded", "postgresql"])(
  "does each change once, on %s",
  { timeout: 240_000 },
  async (database) => {
    const shared =
      database === "embedded" ? {} : { DATABASE_URL: await freshPostgresUrl(), SECRET_KEY: testSecretKey };
    const env = { DATA_DIR: join(folder, database), RATE_LIMIT_MANAGEMENT: "0", ...shared };
    const program = [(await service("built")).main];
    const report = await killOften({ program, env, seed: 1, kills: 2 });
    expect(report).toMatchObject({ kills: 2, lost: [], doubled: [], strange: [] });
    expect(report.repeated).toBeGreaterThan(0); // somebody was waiting for an answer
  },
);
