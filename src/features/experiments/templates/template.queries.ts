/** Finding templates of experiments, as far as the caller may know of them. */
import type { Database, Transaction } from "../../../platform/database/index.js";
import { makePage, type Page, type PageArguments, readPage } from "../../../platform/graphql/page.js";
import { isKey } from "../../../platform/input.js";
import { notFound } from "../../../platform/problems.js";
import { type Caller, permit } from "../../permissions/index.js";
import { findProject } from "../../projects/index.js";
import type { ExperimentTemplate, TemplateName } from "./template.js";
import { countTemplates, pageTemplates, readTemplate } from "./template.store.js";
import { lockExperiments } from "../experiment.store.js";

interface Tools {
  readonly database: Database;
}

/** Throws UNAUTHENTICATED for strangers, FORBIDDEN without the role VIEWER, NOT_FOUND for what does not exist or may not be seen. */
export async function findTemplate(
  tools: Tools,
  caller: Caller,
  projectKey: string | null | undefined,
  key: string,
): Promise<ExperimentTemplate> {
  const { key: project } = await findProject(tools, caller, projectKey);
  permit(caller, "experiment:read", { project });
  const template = isKey(key) ? await readTemplate(tools.database, { project, key }) : null;
  if (template === null) throw notFound("Experiment template", key);
  return template;
}

export interface TemplateQuery extends PageArguments {
  readonly project?: string | null | undefined;
}

/** A page of the project's templates, by key. Throws like `findTemplate`, and BAD_USER_INPUT. */
export async function listTemplates(
  tools: Tools,
  caller: Caller,
  query: TemplateQuery,
): Promise<Page<ExperimentTemplate>> {
  const { key: project } = await findProject(tools, caller, query.project);
  permit(caller, "experiment:read", { project });
  const request = readPage("experimentTemplates", 1, query);
  const rows = await pageTemplates(tools.database, project, request);
  return makePage(
    "experimentTemplates",
    request,
    rows,
    (template) => [template.key],
    (template) => template,
    async () => countTemplates(tools.database, project),
  );
}

/** Holds off every other change of the project's templates until the transaction ends. Throws NOT_FOUND when it was deleted meanwhile. */
export async function lockTemplate(tx: Transaction, name: TemplateName): Promise<ExperimentTemplate> {
  await lockExperiments(tx, name.project);
  const template = await readTemplate(tx, name);
  if (template === null) throw notFound("Experiment template", name.key);
  return template;
}
