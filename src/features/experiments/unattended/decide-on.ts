/** Decides on experiments that run, on whichever instance gets there first: what one has done, the others find done. */
import type { Transaction } from "../../../platform/database/index.js";
import type { Log } from "../../../platform/log.js";
import { note, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import { type AnalysisInput, measuring } from "../analysis/frame.js";
import { type ExperimentTools, lockExperiment } from "../change-experiment.js";
import { type Act, type Alarm, type Decided, decisionsOf } from "./decide.js";
import { decideNow, keepDecision } from "./decide-act.js";
import { measureLook, readLook } from "../results/look.js";
import { inTurns } from "../results/in-turns.js";
import { listAlarms } from "./decision.store.js";
import type { Experiment } from "../experiment.js";
import { isTheOneToAct } from "../experiment.store.js";

export interface DecidingTools extends ExperimentTools {
  readonly log: Log;
}

/** What was done here; BUSY: another acts or the experiment was changed meanwhile, so that it is to be looked at again. */
export type Outcome = readonly Decided[] | "BUSY";

/** Does what the rule asks for of an experiment that runs: each alarm once, and at most one act. `look` saves reading it again. */
export async function decideOn(
  tools: DecidingTools,
  caller: Caller,
  experiment: Experiment,
  look?: AnalysisInput,
): Promise<Outcome> {
  const { database } = tools;
  const seen = look ?? (await readLook(database, experiment, new Date(tools.now())));
  const asked = decisionsOf(await measureLook(tools, seen));
  const alarms = asked.filter((one) => one.action === "ALARM");
  const raised = alarms.length === 0 ? [] : await raiseAlarms(tools, experiment, alarms);
  if (raised === null) return "BUSY";
  if (asked.length === alarms.length) return raised;
  const act = await actOn(tools, caller, experiment);
  return act === null ? "BUSY" : [...raised, act];
}

async function raiseAlarms(
  tools: DecidingTools,
  found: Experiment,
  alarms: readonly Alarm[],
): Promise<Alarm[] | null> {
  const { project, key } = found;
  const known = await listAlarms(tools.database, found.id);
  if (alarms.every(({ kind }) => known.has(kind))) return [];
  const raised = await note(tools, async (tx) => {
    const experiment = await lockAsFound(tx, found);
    if (experiment === null) return null;
    const scope = { tx, experiment, now: new Date(tools.now()) };
    const seen = await inTurns(measuring(await readLook(tx, experiment, scope.now)));
    const before = await listAlarms(tx, experiment.id);
    const due = decisionsOf(seen)
      .filter((one) => one.action === "ALARM")
      .filter(({ kind }) => !before.has(kind));
    for (const alarm of due) await keepDecision(scope, seen, alarm);
    return due;
  });
  for (const { kind } of raised ?? [])
    tools.log.warn({ project, experiment: key, kind }, "An experiment raised an alarm.");
  return raised;
}

/** null: another acts, or nothing is asked for any more. */
async function actOn(tools: DecidingTools, caller: Caller, found: Experiment): Promise<Act | null> {
  const { project, key } = found;
  const now = new Date(tools.now());
  const act = await write(tools, permit(caller, "experiment:run", { project }), async (tx, record) => {
    const experiment = await lockAsFound(tx, found);
    return experiment && decideNow({ tx, record, experiment, now });
  });
  if (act !== null)
    tools.log.info({ project, experiment: key, action: act.action }, "An experiment acted by itself.");
  return act;
}

/** The experiment, held until the transaction ends; null: another acts, or it is not as it was found. */
async function lockAsFound(tx: Transaction, found: Experiment): Promise<Experiment | null> {
  if (!(await isTheOneToAct(tx))) return null;
  const experiment = await lockExperiment(tx, found);
  return experiment.status === "RUNNING" && experiment.version === found.version ? experiment : null;
}
