/** Which flags and segments experiments need, for the rooms of flags, segments, environments and projects. */
import type { Database } from "../../platform/database/index.js";
import { quote } from "../../platform/problems.js";
import { describeHolder, type FlagAsker, type FlagHolder, type HolderPlace } from "../projects/index.js";
import { namesSegment, variantsAsked } from "../segments/index.js";
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

/** Those whose audience names the flag, unless they are drafts without a date or have ended. */
export async function experimentsAskingForFlag(
  database: Database,
  project: string,
  flag: string,
): Promise<FlagAsker[]> {
  const found = await listWithAudience(database, project);
  return found.flatMap((experiment) => {
    const variants = variantsAsked(experiment.audience, flag);
    return variants === null ? [] : [{ name: describeHolder(holderOf(experiment)), variants }];
  });
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
    hasEnded: status === "STOPPED",
  };
}
