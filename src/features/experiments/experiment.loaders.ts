/** What lists of flags and experiments lead to, read for the whole list at once. */
import DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import type { Experiment } from "./experiment.js";
import { listExperimentsOfFlags, listOfLayers } from "./experiment.store.js";
import type { Layer, LayerName } from "./layers/layer.js";
import { findLayers } from "./layers/layer.store.js";

interface Tools {
  readonly database: Database;
}

/** Names a flag of any project. Only for names that the caller was given by something it may see. */
interface FlagName {
  readonly project: string;
  readonly key: string;
}

/** The experiments on a flag, in all environments, the newest first. */
export function experimentsOfFlag({ database }: Tools): DataLoader<FlagName, readonly Experiment[], string> {
  return perProject(
    async (project, keys) => listExperimentsOfFlags(database, project, keys),
    ({ flag }) => flag,
    (experiments) => experiments,
  );
}

/** The experiments that have a part of a layer, by key. */
export function experimentsOfLayer({
  database,
}: Tools): DataLoader<LayerName, readonly Experiment[], string> {
  return perProject(
    async (project, keys) => listOfLayers(database, project, keys),
    ({ layer }) => layer?.layer ?? "",
    (experiments) => experiments,
  );
}

/** A layer; null where there is none. Only for names that the caller was given by something it may see. */
export function layerByName({ database }: Tools): DataLoader<LayerName, Layer | null, string> {
  return perProject(
    async (project, keys) => findLayers(database, project, keys),
    ({ key }) => key,
    ([layer]) => layer ?? null,
  );
}

/** One statement a project, nearly always one: rows are found by key and given to the names that asked. */
function perProject<Row, V>(
  read: (project: string, keys: readonly string[]) => Promise<readonly Row[]>,
  keyOf: (row: Row) => string,
  answer: (rows: readonly Row[]) => V,
): DataLoader<FlagName, V, string> {
  const textOf = ({ project, key }: FlagName) => `${project}/${key}`;
  const batch = async (names: readonly FlagName[]): Promise<V[]> => {
    const found = new Map<string, Row[]>(names.map((name) => [textOf(name), []]));
    for (const project of new Set(names.map((name) => name.project))) {
      const keys = names.filter((name) => name.project === project).map((name) => name.key);
      for (const row of await read(project, keys)) found.get(textOf({ project, key: keyOf(row) }))?.push(row);
    }
    return names.map((name) => answer(found.get(textOf(name)) ?? []));
  };
  return new DataLoader(batch, { cacheKeyFn: textOf });
}
