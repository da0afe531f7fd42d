/** createLayer: buckets that experiments share out. */
import { isUniqueViolation } from "../../../platform/database/index.js";
import { description, key as readKey, Mistakes, nameOrKey, reason } from "../../../platform/input.js";
import { alreadyExists } from "../../../platform/problems.js";
import { AuditSubject, type LedgerTools, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import { findProject } from "../../projects/index.js";
import type { NamesInput } from "../change-input.js";
import { readAttribute } from "../experiment-input.js";
import { lockExperiments } from "../experiment.store.js";
import { type Layer, settingsOf } from "./layer.js";
import { insertLayer } from "./layer.store.js";

export interface CreateLayer extends NamesInput {
  readonly key: string;
  readonly attribute?: string | null | undefined;
  readonly project?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, and ALREADY_EXISTS for a key that is taken in whatever case. */
export async function createLayer(tools: LedgerTools, caller: Caller, input: CreateLayer): Promise<Layer> {
  const { key: project } = await findProject(tools, caller, input.project);
  const proof = permit(caller, "experiment:create", { project });
  const mistakes = new Mistakes();
  const key = readKey("input.key", input.key, mistakes);
  const settings = {
    name: nameOrKey("input.name", input.name, key, mistakes),
    description: description("input.description", input.description, mistakes),
    attribute: readAttribute("input.attribute", input.attribute ?? "targetingKey", mistakes),
  };
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  try {
    return await write(tools, proof, async (tx, record) => {
      await lockExperiments(tx, project);
      const layer = await insertLayer(tx, { ...settings, project, key });
      record({
        kind: "layer.created",
        ...{ subjectType: AuditSubject.LAYER, subject: key, project },
        after: { id: layer.id, key, ...settingsOf(layer) },
        reason: why,
      });
      return layer;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw alreadyExists("Layer", key);
    throw error;
  }
}
