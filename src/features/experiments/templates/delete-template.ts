/** deleteExperimentTemplate: no experiment begins with it any more. */
import { Mistakes, reason } from "../../../platform/input.js";
import { AuditSubject, checkVersion, type LedgerTools, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import type { ExperimentTemplate } from "./template.js";
import { findTemplate, lockTemplate } from "./template.queries.js";
import { removeTemplate } from "./template.store.js";
import type { ExperimentTemplateRef } from "./update-template.js";

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
