/** updateExperimentTemplate: what experiments that are created from now on begin with. */
import { Mistakes, reason } from "../../../platform/input.js";
import { AuditSubject, checkVersion, differenceOf, type LedgerTools, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import { type ChangeInput, type NamesInput, readNames } from "../change-input.js";
import type { TemplateInput } from "./create-template.js";
import { readSettings, withoutNulls } from "../experiment-input.js";
import { type ExperimentTemplate, membersOf, type TemplateMembers } from "./template.js";
import { findTemplate, lockTemplate } from "./template.queries.js";
import { saveTemplate } from "./template.store.js";

export interface ExperimentTemplateRef extends ChangeInput {
  readonly template: string;
}

/** What is absent stays; null clears the description. The settings are replaced as a whole. */
export interface UpdateExperimentTemplate extends ExperimentTemplateRef, NamesInput {
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

function readChanges(input: UpdateExperimentTemplate, mistakes: Mistakes): Partial<TemplateMembers> {
  const { settings } = input;
  if (settings === null) mistakes.add("input.settings", "must not be null.");
  return {
    ...readNames(input, mistakes),
    ...(settings === undefined || settings === null
      ? {}
      : { settings: readSettings("input.settings", withoutNulls(settings), mistakes) }),
  };
}
