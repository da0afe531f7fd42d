/** Sets the database back to an older state behind everybody's back, as a restored backup or a failover that lost rows does. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { OwnPostgres } from "../../support/services/postgres-server.js";
import type { Fault } from "./fault.js";

const run = promisify(execFile);

/** `replaced` is called while the database is down: nobody has been told yet of anything in the history that follows. */
export function replacedHistory(postgres: OwnPostgres, replaced: () => void): Fault {
  const backup = `${postgres.data}.backup`;
  return {
    name: "history is replaced by an older one",
    victims: ["postgres", "row"],
    inject: async () => {
      await postgres.strike("SIGSTOP"); // what stands still is copied as a crash would have left it
      await rm(backup, { recursive: true, force: true });
      await run("cp", ["-a", postgres.data, backup]);
      await postgres.strike("SIGCONT");
    },
    heal: async () => {
      await postgres.strike("SIGKILL");
      replaced();
      await rm(postgres.data, { recursive: true });
      await run("mv", [backup, postgres.data]);
      await rm(join(postgres.data, "postmaster.pid"));
      await postgres.start();
    },
  };
}
