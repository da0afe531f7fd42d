/** Picks, by the value of one attribute, the few of many rules that can match at all. */
import { attributeReader, type Subject } from "../attributes.js";
import { isObject } from "../json.js";

/** Fewer rules are walked faster than looked up. */
const FEWEST_RULES = 8;
/** Bounds what an index holds: values times rules. */
const LARGEST_INDEX = 100_000;

/** The rules that can match a subject, in order: all others are certain not to. */
export type RuleIndex<Rule> = (subject: Subject) => readonly Rule[];

/** What a rule requires before anything else is looked at: an attribute to be one of these values. */
interface Requirement {
  readonly attribute: string;
  readonly values: readonly unknown[];
}

/** Undefined where an index would not pay. `conditions` are the rules' definitions, one by one. */
export function indexRules<Rule>(
  rules: readonly Rule[],
  conditions: readonly unknown[],
): RuleIndex<Rule> | undefined {
  if (rules.length < FEWEST_RULES) return undefined;
  const requirements = conditions.map(requirementOf);
  const attribute = mostFrequent(requirements.flatMap((requirement) => requirement?.attribute ?? []));
  if (attribute === undefined) return undefined;
  const relevant = requirements.map((one) => (one?.attribute === attribute ? one.values : undefined));
  const values = new Set(relevant.flatMap((one) => one ?? []));
  if (relevant.filter((one) => one !== undefined).length * 2 < rules.length) return undefined;
  const free = rules.filter((_, index) => relevant[index] === undefined);
  if (values.size * (free.length + 1) > LARGEST_INDEX) return undefined;
  const sets = relevant.map((one) => one && new Set(one));
  const byValue = new Map<unknown, Rule[]>();
  for (const value of values) byValue.set(value, []);
  for (const [index, rule] of rules.entries()) {
    for (const value of sets[index] ?? values) byValue.get(value)?.push(rule);
  }
  const read = attributeReader(attribute);
  return (subject) => {
    const actual = read(subject);
    return Array.isArray(actual) ? rules : (byValue.get(actual) ?? free);
  };
}

/** Only what a condition tests first counts: skipping the rest must not skip anything that would have been looked at. */
function requirementOf(condition: unknown): Requirement | undefined {
  if (!isObject(condition)) return undefined;
  const { all, attribute, operator, values, ignoreCase } = condition;
  if (Array.isArray(all)) return requirementOf(all[0]);
  if (typeof attribute !== "string" || !Array.isArray(values) || ignoreCase === true) return undefined;
  return operator === "EQUALS" || operator === "IN" ? { attribute, values } : undefined;
}

function mostFrequent(names: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
