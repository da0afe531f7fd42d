/** What a repeated change of an experiment is answered: the experiment as it is now, or as it was when it was deleted. */
import type { Database } from "../../platform/database/index.js";
import { asDeleted, type Repetition, sameOrGone } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { Experiment } from "./experiment.js";
import { findExperiment } from "./experiment.queries.js";
import type { ExperimentTemplate } from "./templates/template.js";
import { findTemplate } from "./templates/template.queries.js";
import type { Holdout } from "./holdouts/holdout.js";
import { findHoldout } from "./holdouts/holdout.queries.js";
import type { Layer } from "./layers/layer.js";
import { findLayer } from "./layers/layer.queries.js";

interface Tools {
  readonly database: Database;
}

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedExperiment(
  tools: Tools,
  caller: Caller,
  repetition: Repetition,
): Promise<Experiment> {
  const { change, input } = repetition;
  if (change?.kind === "experiment.deleted") return deleted(caller, change) as Experiment;
  const project = change?.project ?? input.project;
  return sameOrGone(
    repetition,
    findExperiment(tools, caller, project, change?.subject ?? input.experiment ?? ""),
  );
}

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedLayer(
  tools: Tools,
  caller: Caller,
  repetition: Repetition,
): Promise<Layer> {
  const { change, input } = repetition;
  if (change?.kind === "layer.deleted") return deleted(caller, change) as Layer;
  const project = change?.project ?? input.project;
  return sameOrGone(repetition, findLayer(tools, caller, project, change?.subject ?? input.layer ?? ""));
}

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedHoldout(
  tools: Tools,
  caller: Caller,
  repetition: Repetition,
): Promise<Holdout> {
  const { change, input } = repetition;
  if (change?.kind === "holdout.deleted") return deleted(caller, change) as Holdout;
  const keys = {
    project: change?.project ?? input.project,
    environment: change?.environment ?? input.environment ?? "",
    holdout: change?.subject ?? input.holdout ?? "",
  };
  return sameOrGone(
    repetition,
    findHoldout(tools, caller, keys).then(({ holdout }) => holdout),
  );
}

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedTemplate(
  tools: Tools,
  caller: Caller,
  repetition: Repetition,
): Promise<ExperimentTemplate> {
  const { change, input } = repetition;
  if (change?.kind === "experiment_template.deleted") return deleted(caller, change) as ExperimentTemplate;
  const project = change?.project ?? input.project;
  return sameOrGone(
    repetition,
    findTemplate(tools, caller, project, change?.subject ?? input.template ?? ""),
  );
}

function deleted(caller: Caller, change: NonNullable<Repetition["change"]>) {
  permit(caller, "experiment:read", { project: change.project ?? "" });
  return asDeleted(change);
}
