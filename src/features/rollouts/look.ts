/** Reads what a guarded rollout is judged by. */
import type { Database } from "../../platform/database/index.js";
import { findMetricsByKeys, readSums } from "../tracking/index.js";
import { judge, type Look } from "./judge-rollout.js";
import type { GuardedRollout } from "./rollout.js";

/** What is known of it at this moment; at the end of one that has ended. */
export async function lookAt(database: Database, rollout: GuardedRollout): Promise<Look> {
  const keys = rollout.guardrails.map(({ metric }) => metric);
  const metrics = await findMetricsByKeys(database, rollout.project, keys);
  return judge(rollout, metrics, await readSums(database, rollout.id));
}
