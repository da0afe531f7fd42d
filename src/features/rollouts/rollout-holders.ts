/** Which flags guarded rollouts need, for the rooms of flags, environments and projects. */
import type { Database } from "../../platform/database/index.js";
import { quote } from "../../platform/problems.js";
import type { FlagHolder, HolderPlace } from "../projects/index.js";
import { listLiveIn } from "./rollout.store.js";

/** Those that go on, wait or are paused there. */
export async function rolloutsHolding(database: Database, place: HolderPlace): Promise<FlagHolder[]> {
  return (await listLiveIn(database, place)).map(({ key, environment, flag, status, variant, baseline }) => ({
    ...{ environment, flag, status, name: `guarded rollout ${quote(key)}` },
    ...{ variants: [variant, baseline], hasBegun: true, hasEnded: false },
  }));
}
