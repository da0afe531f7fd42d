/** Finding experiments, as far as the caller may know of them. */
import type { Database } from "../../platform/database/index.js";
import { makePage, type Page, type PageArguments, readPage } from "../../platform/graphql/page.js";
import { isKey, Mistakes, search } from "../../platform/input.js";
import { notFound } from "../../platform/problems.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import { listDecisions, countDecisions } from "./unattended/decision.store.js";
import type { Decision, Experiment, ExperimentStatus } from "./experiment.js";
import { countExperiments, pageExperiments, readExperiment } from "./experiment.store.js";

interface Tools {
  readonly database: Database;
}

/** Throws UNAUTHENTICATED for strangers, FORBIDDEN without the role VIEWER, NOT_FOUND for what does not exist or may not be seen. */
export async function findExperiment(
  tools: Tools,
  caller: Caller,
  projectKey: string | null | undefined,
  key: string,
): Promise<Experiment> {
  const { key: project } = await findProject(tools, caller, projectKey);
  permit(caller, "experiment:read", { project });
  const experiment = isKey(key) ? await readExperiment(tools.database, { project, key }) : null;
  if (experiment === null) throw notFound("Experiment", key);
  return experiment;
}

export interface ExperimentQuery extends PageArguments {
  readonly project?: string | null | undefined;
  readonly environment?: string | null | undefined;
  readonly flagKey?: string | null | undefined;
  readonly status?: ExperimentStatus | null | undefined;
  /** Looked for in keys, names and hypotheses, in any case. */
  readonly search?: string | null | undefined;
}

/** A page of the project's experiments, by key. Throws like `findExperiment`, and BAD_USER_INPUT. */
export async function listExperiments(
  tools: Tools,
  caller: Caller,
  query: ExperimentQuery,
): Promise<Page<Experiment>> {
  const { key: project } = await findProject(tools, caller, query.project);
  permit(caller, "experiment:read", { project });
  const mistakes = new Mistakes();
  const sought = search("search", query.search, mistakes);
  for (const name of ["environment", "flagKey"] as const) {
    const key = query[name] ?? null;
    if (key !== null && !isKey(key))
      mistakes.add(name, `must be a key, got ${JSON.stringify(key.slice(0, 80))}.`);
  }
  mistakes.throwIfAny();
  const { environment = null, flagKey: flag = null, status = null } = query;
  const criteria = { project, environment, flag, status, search: sought };
  const request = readPage("experiments", 1, query);
  const rows = await pageExperiments(tools.database, criteria, request);
  return makePage(
    "experiments",
    request,
    rows,
    (experiment) => [experiment.key],
    (experiment) => experiment,
    async () => countExperiments(tools.database, criteria),
  );
}

/** What was decided of a trial by itself, newest first. For a trial that the caller may see. Throws BAD_USER_INPUT. */
export async function decisionsOf(tools: Tools, trial: string, page: PageArguments): Promise<Page<Decision>> {
  const request = readPage("decisions", 2, page);
  const rows = await listDecisions(tools.database, trial, request);
  return makePage(
    "decisions",
    request,
    rows,
    ({ at, id }) => [at.toISOString(), id],
    (decision) => decision,
    async () => countDecisions(tools.database, trial),
  );
}
