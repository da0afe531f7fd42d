/** createExperiment: variants of a flag to be compared, as a draft that shows nobody anything yet. */
import { isForeignKeyViolation, isUniqueViolation, type Transaction } from "../../platform/database/index.js";
import { isKey, key as readKey, Mistakes, reason } from "../../platform/input.js";
import { alreadyExists, conflict, notFound, quote } from "../../platform/problems.js";
import { findEnvironment } from "../environments/index.js";
import type { Flag } from "../flags/index.js";
import { AuditSubject, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { GRID } from "../../evaluation/index.js";
import { checkParts, readParts } from "./check-experiment.js";
import {
  type Arm,
  defaultSettings,
  type Experiment,
  type ExperimentSettings,
  settingsOf,
} from "./experiment.js";
import {
  checkSettings,
  type ExperimentInput,
  maxArms,
  readSettings,
  withoutNulls,
} from "./experiment-input.js";
import { readTemplate } from "./templates/template.store.js";
import { insertExperiment, lockExperiments } from "./experiment.store.js";

export interface CreateExperiment extends ExperimentInput {
  readonly key: string;
  readonly flagKey: string;
  readonly environment: string;
  /** Key of a template whose settings count where the input has none. */
  readonly template?: string | null | undefined;
  readonly project?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, CONFLICT for an archived flag, and ALREADY_EXISTS for a key that is taken in whatever case. */
export async function createExperiment(
  tools: LedgerTools,
  caller: Caller,
  input: CreateExperiment,
): Promise<Experiment> {
  const environment = await findEnvironment(tools, caller, input.project, input.environment);
  const { project } = environment;
  const proof = permit(caller, "experiment:create", { project });
  const mistakes = new Mistakes();
  const key = readKey("input.key", input.key, mistakes);
  const { name: named = key, ...given } = readSettings("input", withoutNulls(settingsIn(input)), mistakes);
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  const place = { project, environment: environment.key, flag: input.flagKey };
  try {
    return await write(tools, proof, async (tx, record) => {
      await lockExperiments(tx, project);
      const template = await settingsOfTemplate(tx, project, input.template ?? null);
      const partial = { ...defaultSettings, arms: [], metrics: [], control: "", ...template, ...given };
      const parts = await readParts(tx, { ...place, ...partial, name: named });
      const settings = completed({ ...partial, name: named }, parts.flag);
      checkSettings(settings, mistakes);
      await checkParts(tx, { ...place, ...settings }, parts, mistakes);
      mistakes.throwIfAny();
      const experiment = await insertExperiment(tx, { ...place, ...settings, key });
      record({
        kind: "experiment.created",
        ...{ subjectType: AuditSubject.EXPERIMENT, subject: key, project, environment: environment.key },
        after: { id: experiment.id, key, flag: place.flag, ...settingsOf(experiment) },
        reason: why,
      });
      return experiment;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw alreadyExists("Experiment", key);
    if (isForeignKeyViolation(error))
      throw conflict("What the experiment names was deleted meanwhile: read again.");
    throw error;
  }
}

function settingsIn(input: CreateExperiment): ExperimentInput {
  const { key: _key, flagKey: _flag, environment: _place, template: _template, ...rest } = input;
  const { project: _project, reason: _reason, ...settings } = rest;
  return settings;
}

async function settingsOfTemplate(
  tx: Transaction,
  project: string,
  key: string | null,
): Promise<Partial<ExperimentSettings>> {
  if (key === null) return {};
  const template = isKey(key) ? await readTemplate(tx, { project, key }) : null;
  if (template === null) throw notFound("Experiment template", key);
  return template.settings;
}

/** With every variant of the flag in equal shares, where no arms are set, and the first of them as the control, where none is named. */
function completed(settings: ExperimentSettings, flag: Flag): ExperimentSettings {
  const arms = settings.arms.length > 0 ? settings.arms : equalArms(flag);
  return { ...settings, arms, control: settings.control || (arms[0]?.variant ?? "") };
}

function equalArms({ key, variants }: Flag): Arm[] {
  if (variants.length < 2 || variants.length > maxArms) {
    throw conflict(
      `Flag ${quote(key)} has ${variants.length} variants: say with \`arms\` which two to ${maxArms} to compare.`,
    );
  }
  const share = Math.floor(GRID / variants.length);
  return variants.map((variant, index) => ({
    variant: variant.key,
    weight: index === 0 ? GRID - share * (variants.length - 1) : share,
  }));
}
