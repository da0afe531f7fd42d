/** createExperimentTemplate: settings that experiments of a project begin with. */
import { isUniqueViolation } from "../../../platform/database/index.js";
import { description, key as readKey, Mistakes, nameOrKey, reason } from "../../../platform/input.js";
import { alreadyExists } from "../../../platform/problems.js";
import { AuditSubject, type LedgerTools, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import { findProject } from "../../projects/index.js";
import type { NamesInput } from "../change-input.js";
import { type ExperimentInput, readSettings, withoutNulls } from "../experiment-input.js";
import { type ExperimentTemplate, membersOf } from "./template.js";
import { insertTemplate } from "./template.store.js";
import { lockExperiments } from "../experiment.store.js";

/** Settings as people write them, those left out that are an experiment's own. */
export type TemplateInput = Omit<ExperimentInput, "name" | "startsAt" | "endsAt">;

export interface CreateExperimentTemplate extends NamesInput {
  readonly key: string;
  readonly settings: TemplateInput;
  readonly project?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Whether the settings name what exists is looked at where an experiment is created. Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT and ALREADY_EXISTS. */
export async function createExperimentTemplate(
  tools: LedgerTools,
  caller: Caller,
  input: CreateExperimentTemplate,
): Promise<ExperimentTemplate> {
  const { key: project } = await findProject(tools, caller, input.project);
  const proof = permit(caller, "experiment:create", { project });
  const mistakes = new Mistakes();
  const key = readKey("input.key", input.key, mistakes);
  const members = {
    name: nameOrKey("input.name", input.name, key, mistakes),
    description: description("input.description", input.description, mistakes),
    settings: readSettings("input.settings", withoutNulls(input.settings), mistakes),
  };
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  try {
    return await write(tools, proof, async (tx, record) => {
      await lockExperiments(tx, project);
      const template = await insertTemplate(tx, { ...members, project, key });
      record({
        kind: "experiment_template.created",
        ...{ subjectType: AuditSubject.EXPERIMENT_TEMPLATE, subject: key, project },
        after: { id: template.id, key, ...membersOf(template) },
        reason: why,
      });
      return template;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw alreadyExists("Experiment template", key);
    throw error;
  }
}
