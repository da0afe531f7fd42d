/** What lists of flags and experiments lead to, read for the whole list at once. */
import type DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import { type NameInProject, perProject } from "../projects/index.js";
import type { Experiment } from "./experiment.js";
import { listExperimentsOfFlags, listOfLayers } from "./experiment.store.js";
import type { Layer, LayerName } from "./layers/layer.js";
import { findLayers } from "./layers/layer.store.js";

interface Tools {
  readonly database: Database;
}

/** The experiments on a flag, in all environments, the newest first. */
export function experimentsOfFlag({
  database,
}: Tools): DataLoader<NameInProject, readonly Experiment[], string> {
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
