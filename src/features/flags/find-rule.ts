/** Finding a rule that an input names. */
import { notFound } from "../../platform/problems.js";
import type { FlagEnvironment, Rule } from "./flag.js";

/** Throws NOT_FOUND. */
export function findRule({ rules }: FlagEnvironment, id: string): Rule {
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule === undefined) throw notFound("Rule", id);
  return rule;
}
