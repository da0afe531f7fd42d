/** What experiments do by themselves: they start and end when it is time, and may be decided on while they run. */
import { maxReasonLength } from "../../../platform/input.js";
import { Problem } from "../../../platform/problems.js";
import type { Log } from "../../../platform/log.js";
import { write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import { type ExperimentScope, type ExperimentTools, lockExperiment } from "../change-experiment.js";
import { decideNow } from "./decide-act.js";
import { insertDecision } from "./decision.store.js";
import { type Due, type DueAction, dueActions } from "./due-experiments.js";
import { type Experiment, nameOf } from "../experiment.js";
import { isTheOneToAct, listByStatus } from "../experiment.store.js";
import { begin } from "../lifecycle/start-experiment.js";
import { end, unschedule } from "../lifecycle/stop-experiment.js";

export interface DueTools extends ExperimentTools {
  readonly log: Log;
}

/** Looks at an experiment that runs, and does with it what its automatic decisions ask for. */
export type DecideOn = (experiment: Experiment) => Promise<void>;

/** How many were started and ended, and how many are drafts again because they could not be started, as their decisions tell. */
export type Done = Readonly<Record<"started" | "ended" | "refused", number>>;

/**
 * Starts and ends what is due, and then asks `decideOn` about each experiment that runs. Any instance may, at any time: one at a time acts, and what
 * it has done is not due any more. An experiment that fails holds up no other; the first failure is thrown once all were tried.
 */
export async function runDueExperiments(tools: DueTools, caller: Caller, decideOn?: DecideOn): Promise<Done> {
  const failures: unknown[] = [];
  const outcomes: (Outcome | null)[] = [];
  const dated = await listByStatus(tools.database, ["SCHEDULED", "RUNNING", "PAUSED"]);
  for (const due of dueActions(dated, new Date(tools.now()))) {
    await attempt(failures, async () => void outcomes.push(await act(tools, caller, due)));
  }
  if (decideOn !== undefined) {
    for (const experiment of await listByStatus(tools.database, ["RUNNING"])) {
      await attempt(failures, async () => decideOn(experiment));
    }
  }
  if (failures.length > 0) throw failures[0];
  const count = (outcome: Outcome) => outcomes.filter((one) => one === outcome).length;
  return { started: count("STARTED"), ended: count("ENDED"), refused: count("START_REFUSED") };
}

async function attempt(failures: unknown[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    failures.push(error);
  }
}

type Outcome = "STARTED" | "ENDED" | "START_REFUSED";

/** null: another instance acts, or has acted. */
async function act(tools: DueTools, caller: Caller, due: Due<Experiment>): Promise<Outcome | null> {
  try {
    return await actOnce(tools, caller, due, DEEDS[due.action]);
  } catch (error) {
    if (due.action !== "START" || !isRefusal(error)) throw error;
    return actOnce(tools, caller, due, refusalOf(error));
  }
}

/** Something that stays until somebody changes it; a database that went away is none, and what was due then is due the next time. */
function isRefusal(error: unknown): error is Problem {
  return error instanceof Problem && error.code !== "UNAVAILABLE" && error.code !== "UNKNOWN_OUTCOME";
}

/** What is done to an experiment, and what is told of it. */
interface Deed {
  readonly outcome: Outcome;
  readonly summary: (experiment: Experiment) => string;
  readonly inputs: (experiment: Experiment) => object;
  readonly work: (scope: ExperimentScope) => Promise<Experiment>;
}

const DEEDS: Readonly<Record<DueAction, Deed>> = {
  START: {
    outcome: "STARTED",
    summary: (experiment) => `${nameOf(experiment)} was started, because its start had come.`,
    inputs: ({ startsAt }) => ({ startsAt }),
    work: begin,
  },
  END: {
    outcome: "ENDED",
    summary: (experiment) =>
      `${nameOf(experiment)} was stopped, because its end had come. Nothing was promoted: what the flag serves without it stays.`,
    inputs: ({ endsAt, status }) => ({ endsAt, status }),
    work: end,
  },
};

function refusalOf({ code, message }: Problem): Deed {
  return {
    outcome: "START_REFUSED",
    summary: (experiment) => `${nameOf(experiment)} could not be started and is a draft again: ${message}`,
    inputs: ({ startsAt }) => ({ startsAt, code, message }),
    work: unschedule,
  };
}

async function actOnce(
  tools: DueTools,
  caller: Caller,
  { action, experiment: found }: Due<Experiment>,
  deed: Deed,
): Promise<Outcome | null> {
  const { project, environment, id: trial } = found;
  const now = new Date(tools.now());
  const proof = permit(caller, "experiment:run", { project });
  return write(tools, proof, async (tx, record) => {
    if (!(await isTheOneToAct(tx))) return null;
    const experiment = await lockExperiment(tx, found);
    if (dueActions([experiment], now)[0]?.action !== action) return null;
    if (action === "END" && decidesByItself(experiment)) {
      const done = await decideNow({ tx, record, experiment, now });
      if (done !== null) return tell(tools, found, deed.outcome);
    }
    const summary = deed.summary(experiment);
    await deed.work({ tx, record, experiment, now, reason: summary.slice(0, maxReasonLength) });
    const inputs = { ...deed.inputs(experiment), now, version: experiment.version };
    const decision = { project, trial, at: now, action: deed.outcome, summary, inputs };
    await insertDecision(tx, environment, decision);
    return tell(tools, found, deed.outcome);
  });
}

function decidesByItself({ promotesAutomatically, rollsBackAutomatically }: Experiment): boolean {
  return promotesAutomatically || rollsBackAutomatically;
}

function tell({ log }: DueTools, { project, key }: Experiment, outcome: Outcome): Outcome {
  log.info({ project, experiment: key, action: outcome }, "An experiment acted by itself.");
  return outcome;
}
