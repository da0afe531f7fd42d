/** updateLayer: what people read of a layer, and the attribute that its buckets go by while no experiment names it. */
import { Mistakes, reason } from "../../../platform/input.js";
import { AuditSubject, checkVersion, differenceOf, type LedgerTools, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import { type ChangeInput, type NamesInput, readNames } from "../change-input.js";
import { readAttribute } from "../experiment-input.js";
import { listOfLayers } from "../experiment.store.js";
import { type Layer, type LayerSettings, refuseUsedBy, settingsOf } from "./layer.js";
import { findLayer, lockLayer } from "./layer.queries.js";
import { saveLayer } from "./layer.store.js";

export interface LayerRef extends ChangeInput {
  readonly layer: string;
}

/** What is absent stays; null clears the description. */
export interface UpdateLayer extends LayerRef, NamesInput {
  readonly attribute?: string | null | undefined;
}

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, and CONFLICT for a stale version and for the attribute of a layer in use. An update that changes nothing leaves no trace. */
export async function updateLayer(tools: LedgerTools, caller: Caller, input: UpdateLayer): Promise<Layer> {
  const found = await findLayer(tools, caller, input.project, input.layer);
  const proof = permit(caller, "experiment:update", { project: found.project });
  const mistakes = new Mistakes();
  const changes = readChanges(input, mistakes);
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const layer = await lockLayer(tx, found);
    checkVersion("Layer", layer.version, input.expectedVersion);
    const difference = differenceOf(settingsOf(layer), { ...settingsOf(layer), ...changes });
    if (difference === null) return layer;
    if (difference.after.attribute !== undefined) {
      const rest = "its attribute stays, because they tell people apart by it";
      refuseUsedBy(layer, await listOfLayers(tx, layer.project, [layer.key]), rest);
    }
    record({
      kind: "layer.updated",
      ...{ subjectType: AuditSubject.LAYER, subject: layer.key, project: layer.project },
      ...difference,
      reason: why,
    });
    return saveLayer(tx, layer, difference.after);
  });
}

function readChanges(input: UpdateLayer, mistakes: Mistakes): Partial<LayerSettings> {
  const { attribute } = input;
  if (attribute === null) mistakes.add("input.attribute", "must not be null.");
  return {
    ...readNames(input, mistakes),
    ...(attribute === undefined || attribute === null
      ? {}
      : { attribute: readAttribute("input.attribute", attribute, mistakes) }),
  };
}
