/** Finding a rule that an input names. */
import { notFound } from "../../platform/problems.js";
import type { FlagEnvironment, Rule } from "./flag.js";
import { wholeRules } from "./legible-rules.js";

/** Throws NOT_FOUND, and what `wholeRules` throws. */
export function findRule(settings: FlagEnvironment, id: string): Rule {
  const rule = wholeRules(settings).find((candidate) => candidate.id === id);
  if (rule === undefined) throw notFound("Rule", id);
  return rule;
}
