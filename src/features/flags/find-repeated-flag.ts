/** What a repeated change of a flag is answered: the flag, or its settings, as they are now, or the flag as it was when it was deleted. */
import type { Database } from "../../platform/database/index.js";
import { goneSince, type Repetition, sameOrGone } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { Flag, FlagEnvironment } from "./flag.js";
import { listFlagEnvironments } from "./flag-environment.store.js";
import { getFlag } from "./flag.queries.js";
import { readDeletion } from "./settings-record.js";

interface Tools {
  readonly database: Database;
}

/** A flag, and its settings where nobody can read them any more. */
export interface RepeatedFlag {
  readonly flag: Flag;
  readonly settings: readonly FlagEnvironment[] | null;
}

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedFlag(
  tools: Tools,
  caller: Caller,
  repetition: Repetition,
): Promise<RepeatedFlag> {
  const { change, input } = repetition;
  const project = change?.project ?? input.project;
  if (change?.kind === "flag.deleted") {
    permit(caller, "flag:read", { project: change.project ?? "" });
    return readDeletion(change);
  }
  const lookup = getFlag(tools, caller, project, change?.subject ?? input.flagKey ?? "");
  return { flag: await sameOrGone(repetition, lookup), settings: null };
}

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedFlagEnvironment(
  tools: Tools,
  caller: Caller,
  repetition: Repetition,
): Promise<FlagEnvironment> {
  const { flag } = await findRepeatedFlag(tools, caller, repetition);
  const { change, input } = repetition;
  const wanted = change?.environment ?? input.environment ?? input.to ?? "";
  const settings = await listFlagEnvironments(tools.database, flag.project, [flag.key]);
  const found = settings.find(({ environment }) => environment === wanted);
  if (found === undefined) throw goneSince(repetition);
  return found;
}
