/** Reads what measures a rule: whoever its split decides for takes part. */
import type { Participation } from "../resolution.js";
import { member, type Reading } from "./reading.js";
import type { Served } from "./serve.js";

/** What answers of the rule at `rulePath`, which serves `served`, carry; undefined when nothing measures it, or something is wrong. */
export function readExperiment(
  definition: unknown,
  rulePath: string,
  served: Served | undefined,
  reading: Reading,
): Participation | undefined {
  if (definition === undefined || definition === null) return undefined;
  const path = member(rulePath, "experiment");
  const experiment = reading.object(definition, path);
  if (experiment === undefined) return undefined;
  const { id } = experiment;
  if (typeof id !== "string" || id === "") reading.refuse(`${path}.id`, "a text that is not empty", id);
  const epoch = reading.integer(experiment["epoch"], `${path}.epoch`, 1, Number.MAX_SAFE_INTEGER);
  const slices = reading
    .list(experiment["slices"], `${path}.slices`, true)
    .map((item, index) => reading.attribute(item, `${path}.slices[${index}]`, false));
  const by = readUnit(served, rulePath, reading);
  if (typeof id !== "string" || epoch === undefined || by === undefined) return undefined;
  return Object.freeze({ id, epoch, by, slices: Object.freeze(slices) });
}

/** The one attribute that the rule's split goes by. */
function readUnit(served: Served | undefined, rulePath: string, reading: Reading): string | undefined {
  if (served === undefined) return undefined;
  const path = member(rulePath, "serve");
  if (served.split === undefined) {
    reading.complain(path, "must be a split, for the experiment, got one variant");
    return undefined;
  }
  const { by } = served.split.bucketing;
  if (by.length !== 1) {
    reading.refuse(`${path}.bucketing.by`, "one attribute path, for the experiment", by);
    return undefined;
  }
  return by[0];
}
