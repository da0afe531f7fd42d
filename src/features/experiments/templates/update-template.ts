/** updateExperimentTemplate and deleteExperimentTemplate: what experiments that are created from now on begin with. */
import { description, Mistakes, name, reason } from "../../../platform/input.js";
import { AuditSubject, checkVersion, differenceOf, type LedgerTools, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import type { TemplateInput } from "./create-template.js";
import { readSettings, withoutNulls } from "../experiment-input.js";
import { type ExperimentTemplate, membersOf, type TemplateMembers } from "./template.js";
import { findTemplate, lockTemplate } from "./template.queries.js";
import { removeTemplate, saveTemplate } from "./template.store.js";

export interface ExperimentTemplateRef {
  readonly template: string;
  readonly project?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** What is absent stays; null clears the description. The settings are replaced as a whole. */
export interface UpdateExperimentTemplate extends ExperimentTemplateRef {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly settings?: TemplateInput | null | undefined;
}

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT and CONFLICT. An update that changes nothing leaves no trace. */
export async function updateExperimentTemplate(
  tools: LedgerTools,
  caller: Caller,
  input: UpdateExperimentTemplate,
): Promise<ExperimentTemplate> {
  const found = await findTemplate(tools, caller, input.project, input.template);
  const proof = permit(caller, "experiment:update", { project: found.project });
  const mistakes = new Mistakes();
  const changes = readChanges(input, mistakes);
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const template = await lockTemplate(tx, found);
    checkVersion("Experiment template", template.version, input.expectedVersion);
    const difference = differenceOf(membersOf(template), { ...membersOf(template), ...changes });
    if (difference === null) return template;
    record({
      kind: "experiment_template.updated",
      ...{ subjectType: AuditSubject.EXPERIMENT_TEMPLATE, subject: template.key, project: template.project },
      ...difference,
      reason: why,
    });
    return saveTemplate(tx, template, difference.after);
  });
}

/** Gives the template as it was; experiments that began with it stay as they are. Throws NOT_FOUND, FORBIDDEN and CONFLICT. */
export async function deleteExperimentTemplate(
  tools: LedgerTools,
  caller: Caller,
  input: ExperimentTemplateRef,
): Promise<ExperimentTemplate> {
  const found = await findTemplate(tools, caller, input.project, input.template);
  const proof = permit(caller, "experiment:update", { project: found.project });
  const mistakes = new Mistakes();
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const template = await lockTemplate(tx, found);
    checkVersion("Experiment template", template.version, input.expectedVersion);
    await removeTemplate(tx, template);
    const { project, ...before } = template;
    record({
      kind: "experiment_template.deleted",
      ...{ subjectType: AuditSubject.EXPERIMENT_TEMPLATE, subject: template.key },
      ...{ project, before, reason: why },
    });
    return template;
  });
}

function readChanges(input: UpdateExperimentTemplate, mistakes: Mistakes): Partial<TemplateMembers> {
  const { settings } = input;
  if (settings === null) mistakes.add("input.settings", "must not be null.");
  return {
    ...(input.name === undefined ? {} : { name: name("input.name", input.name, mistakes) }),
    ...(input.description === undefined
      ? {}
      : { description: description("input.description", input.description, mistakes) }),
    ...(settings === undefined || settings === null
      ? {}
      : { settings: readSettings("input.settings", withoutNulls(settings), mistakes) }),
  };
}
