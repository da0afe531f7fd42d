/** A PostgreSQL of a bench's own, which a crash of it could not harm: commits are waited for, the disk is not. */
import { type OpenDatabase } from "../src/platform/database/index.js";
import { openPostgres } from "../src/platform/database/postgres.js";
import { killable, startOwnPostgres } from "../test/support/services/postgres-server.js";

export interface BenchDatabase {
  readonly url: string;
  /** Migrated, with nothing in it. */
  readonly opened: OpenDatabase;
  readonly close: () => Promise<void>;
}

const silenceMs = 3_600_000; // what is compared with may be slow

export async function openBenchDatabase(): Promise<BenchDatabase> {
  const { url, stop } = await startOwnPostgres(killable);
  const opened = await openPostgres(url, { silenceMs });
  await opened.migrate();
  return {
    ...{ url, opened },
    close: async () => {
      await opened.close();
      await stop();
    },
  };
}
