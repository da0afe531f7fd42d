/** The one way in which people change an experiment: every use case that does is a few lines on top. */
import type { Transaction } from "../../platform/database/index.js";
import { Mistakes, reason as readReason } from "../../platform/input.js";
import { notFound } from "../../platform/problems.js";
import { findEnvironment } from "../environments/index.js";
import {
  AuditSubject,
  type ChangeKind,
  checkVersion,
  type LedgerTools,
  type RecordEntry,
  write,
} from "../ledger/index.js";
import { type Action, type Caller, permit } from "../permissions/index.js";
import type { ChangeInput } from "./change-input.js";
import { type Experiment, type ExperimentName, nameOf } from "./experiment.js";
import { findExperiment } from "./experiment.queries.js";
import { lockExperiments, readExperiment } from "./experiment.store.js";

export interface ExperimentTools extends LedgerTools {
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface ExperimentRef extends ChangeInput {
  /** Key of the experiment. */
  readonly experiment: string;
}

/** What a change is made from: the experiment as it is, while nothing else changes it. */
export interface ExperimentScope {
  readonly tx: Transaction;
  readonly record: RecordEntry;
  readonly experiment: Experiment;
  readonly now: Date;
  readonly reason: string | null;
}

/**
 * Finds the experiment, asks for the right, locks, and does what `change` does. What a change does to an experiment that is no draft any more
 * needs `experiment:run` in its environment.
 * Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, CONFLICT for a stale version, PRECONDITION_REQUIRED.
 */
export async function changeExperiment(
  tools: ExperimentTools,
  caller: Caller,
  input: ExperimentRef,
  action: Extract<Action, "experiment:update" | "experiment:run">,
  change: (scope: ExperimentScope) => Promise<Experiment>,
): Promise<Experiment> {
  const found = await findExperiment(tools, caller, input.project, input.experiment);
  const { project } = found;
  const environment = await findEnvironment(tools, caller, project, found.environment);
  const proof = permit(caller, action, action === "experiment:run" ? { project, environment } : { project });
  const mistakes = new Mistakes();
  const reason = readReason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const experiment = await lockExperiment(tx, found);
    if (experiment.status !== "DRAFT") permit(caller, "experiment:run", { project, environment });
    const { requireExpectedVersion } = environment;
    checkVersion(nameOf(experiment), experiment.version, input.expectedVersion, requireExpectedVersion);
    return change({ tx, record, experiment, now: new Date(tools.now()), reason });
  });
}

/** Holds off every other change of the project's experiments until the transaction ends. Throws NOT_FOUND when it was deleted meanwhile. */
export async function lockExperiment(tx: Transaction, name: ExperimentName): Promise<Experiment> {
  await lockExperiments(tx, name.project);
  const experiment = await readExperiment(tx, name);
  if (experiment === null) throw notFound("Experiment", name.key);
  return experiment;
}

/** Records what happens to the experiment; to be called before anything else is recorded. */
export function recordCourse(
  { record, experiment, reason }: ExperimentScope,
  kind: ChangeKind,
  before: Partial<Experiment>,
  after: Partial<Experiment>,
): void {
  const { key: subject, project, environment } = experiment;
  const about = { subjectType: AuditSubject.EXPERIMENT, subject, project, environment } as const;
  record({ kind, ...about, before, after, reason });
}
