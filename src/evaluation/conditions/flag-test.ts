/** A look at the variant that another flag serves, whatever its reason. */
import { member, type Reading } from "../definitions/reading.js";
import { type JsonObject, showAll } from "../json.js";
import type { Run, Test } from "../run.js";

export function readFlagTest(definition: JsonObject, path: string, reading: Reading): Test {
  const flagKey = reading.string(definition["flag"], member(path, "flag"));
  const variants = reading.strings(definition["variants"], member(path, "variants"));
  if (flagKey === undefined) return () => false;
  reading.noteFlag({ flagKey, variants, via: "CONDITION" });
  const wanted: ReadonlySet<string | undefined> = new Set(variants);
  const tell = (run: Run, variant: string | undefined, result: boolean): boolean => {
    const served = variant === undefined ? "serves no variant" : `serves “${variant}”`;
    const message = `Flag “${flagKey}” ${served}, so “serves ${showAll(variants)}” is ${result}.`;
    run.trace?.add("CONDITION", message, { flag: flagKey, variant: variant ?? null, variants, result });
    return result;
  };
  return (run) => {
    const { variant } = run.answerOf(flagKey);
    const result = wanted.has(variant);
    return run.trace === undefined ? result : tell(run, variant, result);
  };
}
