/** deleteLayer: a layer that no experiment names. */
import { Mistakes, reason } from "../../../platform/input.js";
import { AuditSubject, checkVersion, type LedgerTools, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import { listOfLayers } from "../experiment.store.js";
import { type Layer, refuseUsedBy } from "./layer.js";
import { findLayer, lockLayer } from "./layer.queries.js";
import { removeLayer } from "./layer.store.js";
import type { LayerRef } from "./update-layer.js";

/** Gives the layer as it was. Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version and while an experiment names it, listing them. */
export async function deleteLayer(tools: LedgerTools, caller: Caller, input: LayerRef): Promise<Layer> {
  const found = await findLayer(tools, caller, input.project, input.layer);
  const proof = permit(caller, "experiment:update", { project: found.project });
  const mistakes = new Mistakes();
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const layer = await lockLayer(tx, found);
    checkVersion("Layer", layer.version, input.expectedVersion);
    refuseUsedBy(layer, await listOfLayers(tx, layer.project, [layer.key]), "it stays as long as they do");
    await removeLayer(tx, layer);
    const { project, ...before } = layer;
    record({
      kind: "layer.deleted",
      ...{ subjectType: AuditSubject.LAYER, subject: layer.key, project, before, reason: why },
    });
    return layer;
  });
}
