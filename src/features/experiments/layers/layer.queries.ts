/** Finding layers, as far as the caller may know of them. */
import type { Database, Transaction } from "../../../platform/database/index.js";
import { makePage, type Page, type PageArguments, readPage } from "../../../platform/graphql/page.js";
import { isKey, Mistakes, search } from "../../../platform/input.js";
import { notFound } from "../../../platform/problems.js";
import { type Caller, permit } from "../../permissions/index.js";
import { findProject } from "../../projects/index.js";
import { lockExperiments } from "../experiment.store.js";
import type { Layer, LayerName } from "./layer.js";
import { countLayers, pageLayers, readLayer } from "./layer.store.js";

interface Tools {
  readonly database: Database;
}

/** Throws UNAUTHENTICATED for strangers, FORBIDDEN without the role VIEWER, NOT_FOUND for what does not exist or may not be seen. */
export async function findLayer(
  tools: Tools,
  caller: Caller,
  projectKey: string | null | undefined,
  key: string,
): Promise<Layer> {
  const { key: project } = await findProject(tools, caller, projectKey);
  permit(caller, "experiment:read", { project });
  const layer = isKey(key) ? await readLayer(tools.database, { project, key }) : null;
  if (layer === null) throw notFound("Layer", key);
  return layer;
}

export interface LayerQuery extends PageArguments {
  readonly project?: string | null | undefined;
  /** Looked for in keys, names and descriptions, in any case. */
  readonly search?: string | null | undefined;
}

/** A page of the project's layers, by key. Throws like `findLayer`, and BAD_USER_INPUT. */
export async function listLayers(tools: Tools, caller: Caller, query: LayerQuery): Promise<Page<Layer>> {
  const { key: project } = await findProject(tools, caller, query.project);
  permit(caller, "experiment:read", { project });
  const mistakes = new Mistakes();
  const criteria = { project, search: search("search", query.search, mistakes) };
  mistakes.throwIfAny();
  const request = readPage("layers", 1, query);
  const rows = await pageLayers(tools.database, criteria, request);
  return makePage(
    "layers",
    request,
    rows,
    (layer) => [layer.key],
    (layer) => layer,
    async () => countLayers(tools.database, criteria),
  );
}

/** Holds off every other change of the project's layers and experiments until the transaction ends. Throws NOT_FOUND when it was deleted meanwhile. */
export async function lockLayer(tx: Transaction, name: LayerName): Promise<Layer> {
  await lockExperiments(tx, name.project);
  const layer = await readLayer(tx, name);
  if (layer === null) throw notFound("Layer", name.key);
  return layer;
}
