/** createHoldout: a share of people whom experiments of an environment leave alone. */
import { percentToWeight } from "../../../evaluation/index.js";
import { isForeignKeyViolation, isUniqueViolation } from "../../../platform/database/index.js";
import {
  description,
  key as readKey,
  Mistakes,
  nameOrKey,
  percent as readPercent,
  reason,
} from "../../../platform/input.js";
import { alreadyExists, notFound } from "../../../platform/problems.js";
import { findEnvironment } from "../../environments/index.js";
import { AuditSubject, type LedgerTools, write } from "../../ledger/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import type { NamesInput } from "../change-input.js";
import { readAttribute } from "../experiment-input.js";
import { lockExperiments } from "../experiment.store.js";
import { type Holdout, settingsOf } from "./holdout.js";
import { insertHoldout } from "./holdout.store.js";

export interface CreateHoldout extends NamesInput {
  readonly key: string;
  readonly environment: string;
  /** Above 0, at most 50. */
  readonly percent: number;
  readonly attribute?: string | null | undefined;
  readonly project?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

export const maxHoldoutPercent = 50;

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, and ALREADY_EXISTS. */
export async function createHoldout(
  tools: LedgerTools,
  caller: Caller,
  input: CreateHoldout,
): Promise<Holdout> {
  const environment = await findEnvironment(tools, caller, input.project, input.environment);
  const place = { project: environment.project, environment: environment.key };
  const proof = permit(caller, "experiment:run", { project: place.project, environment });
  const mistakes = new Mistakes();
  const key = readKey("input.key", input.key, mistakes);
  const settings = {
    name: nameOrKey("input.name", input.name, key, mistakes),
    description: description("input.description", input.description, mistakes),
    attribute: readAttribute("input.attribute", input.attribute ?? "targetingKey", mistakes),
    weight: readHeld("input.percent", input.percent, mistakes),
  };
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  try {
    return await write(tools, proof, async (tx, record) => {
      await lockExperiments(tx, place.project);
      const holdout = await insertHoldout(tx, { ...settings, ...place, key });
      record({
        kind: "holdout.created",
        ...{ subjectType: AuditSubject.HOLDOUT, subject: key, ...place },
        after: { id: holdout.id, key, ...settingsOf(holdout) },
        reason: why,
      });
      return holdout;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw alreadyExists("Holdout", key);
    if (isForeignKeyViolation(error)) throw notFound("Environment", place.environment);
    throw error;
  }
}

/** In buckets; 0 after a mistake. */
export function readHeld(path: string, value: number, mistakes: Mistakes): number {
  const held = readPercent(path, value, mistakes);
  if (value === 0 || (value > maxHoldoutPercent && value <= 100)) {
    mistakes.add(path, `must be above 0 and at most ${maxHoldoutPercent}, got ${value}.`);
  }
  return percentToWeight(held) ?? 0;
}
