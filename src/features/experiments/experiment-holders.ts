/** Which flags experiments need, for the rooms of flags, environments and projects. */
import type { Database } from "../../platform/database/index.js";
import { quote } from "../../platform/problems.js";
import type { FlagHolder, HolderPlace } from "../projects/index.js";
import type { Experiment } from "./experiment.js";
import { listUnconcluded } from "./experiment-holders.store.js";

/** Those that are to start, run, are paused or await their conclusion there. */
export async function experimentsHolding(database: Database, place: HolderPlace): Promise<FlagHolder[]> {
  return (await listUnconcluded(database, place)).map(holderOf);
}

function holderOf({
  key,
  environment,
  flag,
  status,
  arms,
}: Pick<Experiment, "key" | "environment" | "flag" | "status" | "arms">): FlagHolder {
  return {
    ...{ environment, flag, status, name: `experiment ${quote(key)}` },
    variants: arms.map(({ variant }) => variant),
    hasBegun: status !== "SCHEDULED",
    isUnderWay: status !== "STOPPED",
  };
}
