/** Looks at running experiments often enough, and thinks about one only when something changed that its decisions rest on. */
import { createHash } from "node:crypto";
import type { Instruments } from "../../../platform/metrics.js";
import type { Caller } from "../../permissions/index.js";
import type { AnalysisInput } from "../analysis/frame.js";
import { runsSince } from "../experiment.js";
import { decideOn, type DecidingTools } from "./decide-on.js";
import { readLook } from "../results/look.js";
import type { DecideOn } from "./run-due-experiments.js";

const lookEveryMs = 30_000; // half a minute
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

interface LastLook {
  /** Epoch milliseconds. */
  readonly at: number;
  /** null: it is to be looked at again, whatever has changed. */
  readonly mark: string | null;
}

/** Counts what is done here. */
export function createDecider(
  tools: DecidingTools & { readonly metrics: Instruments },
  caller: Caller,
): DecideOn {
  const { database, metrics, now } = tools;
  const countAlarm = metrics.counter(
    "halyard_experiment_alarms_total",
    "Alarms that this instance raised about running experiments",
    "kind",
  );
  const countDecision = metrics.counter(
    "halyard_experiment_decisions_total",
    "What experiments decided by themselves on this instance while they ran",
    "action",
  );
  const lastLooks = new Map<string, LastLook>();
  return async (experiment) => {
    const at = now();
    const last = lastLooks.get(experiment.id);
    if (last !== undefined && at - last.at < lookEveryMs) return;
    forgetBefore(at - hourMs, lastLooks);
    const look = await readLook(database, experiment, new Date(at));
    const mark = markOf(look);
    lastLooks.set(experiment.id, { at, mark: last?.mark === mark ? mark : null });
    if (last?.mark === mark) return;
    const outcome = await decideOn(tools, caller, experiment, look);
    if (outcome === "BUSY") return;
    lastLooks.set(experiment.id, { at, mark });
    for (const decided of outcome) {
      if (decided.action === "ALARM") countAlarm({ kind: decided.kind });
      else countDecision({ action: decided.action });
    }
  };
}

/** Of those that are looked at no more. */
function forgetBefore(moment: number, lastLooks: Map<string, LastLook>): void {
  for (const [id, { at }] of lastLooks) if (at < moment) lastLooks.delete(id);
}

/** Is another as soon as sums or settings are, or a moment has come from which on more may be done. */
function markOf({ experiment, sums, now }: AnalysisInput): string {
  const { version, minimumRuntimeDays, optimises } = experiment;
  const hasRunEnough = now.getTime() - (runsSince(experiment) ?? now).getTime() >= minimumRuntimeDays * dayMs;
  const hour = optimises ? Math.floor(now.getTime() / hourMs) : null;
  const rests = JSON.stringify([version, hasRunEnough, hour, sums]);
  return createHash("sha256").update(rests).digest("base64");
}
