/** Which flags and segments experiments need, for the rooms of flags, segments, environments and projects. */
import type { Database } from "../../platform/database/index.js";
import { quote } from "../../platform/problems.js";
import { describeHolder, type FlagHolder, type HolderPlace } from "../projects/index.js";
import { namesSegment } from "../segments/index.js";
import type { Experiment } from "./experiment.js";
import { listUnconcluded, listWithAudience } from "./holding-experiments.store.js";

/** Those that are to start, run, are paused or await their conclusion there. */
export async function experimentsHolding(database: Database, place: HolderPlace): Promise<FlagHolder[]> {
  return (await listUnconcluded(database, place)).map(holderOf);
}

/** Those whose audience names the segment, unless they are drafts without a date or have ended; as messages call them. */
export async function experimentsUsingSegment(
  database: Database,
  project: string,
  segment: string,
): Promise<string[]> {
  const found = await listWithAudience(database, project);
  return found
    .filter(({ audience }) => namesSegment(audience, segment))
    .map((experiment) => describeHolder(holderOf(experiment)));
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
    hasBegun: status !== "SCHEDULED" && status !== "DRAFT",
    isUnderWay: status !== "STOPPED",
  };
}
