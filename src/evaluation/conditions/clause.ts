/** Clauses: one attribute, one operator, some values. */
import { type AttributeReader, attributeReader, CLOCK } from "../attributes.js";
import { member, type Reading } from "../definitions/reading.js";
import { type JsonObject, show, showAll } from "../json.js";
import type { Matcher } from "../operators/operator.js";
import { isOperator, OPERATORS } from "../operators/operators.js";
import type { Run, Test } from "../run.js";

/** Tells an explanation what a clause saw; gives the result on. */
type Teller = (run: Run, actual: unknown, result: boolean) => boolean;

export function readClause(definition: JsonObject, path: string, reading: Reading): Test {
  const attribute = reading.attribute(definition["attribute"], member(path, "attribute"), true);
  const name = definition["operator"];
  const ignoreCase = definition["ignoreCase"] ?? false;
  if (!isOperator(name)) {
    reading.refuse(member(path, "operator"), "an operator", name);
    return () => false;
  }
  if (typeof ignoreCase !== "boolean") reading.refuse(member(path, "ignoreCase"), "a boolean", ignoreCase);
  const { operator, negated, words } = OPERATORS[name];
  const at = member(path, "values");
  const values = reading.list(definition["values"], at, operator === undefined);
  const read = attributeReader(attribute);
  const tell = teller(definition, attribute, words);
  if (operator === undefined) {
    if (values.length > 0) reading.refuse(at, "empty for this operator", values);
    return existence(read, negated, tell);
  }
  const { matches, flips } = operator.compile(values, ignoreCase === true, (index, expected) =>
    reading.refuse(`${at}[${index}]`, expected, values[index]),
  );
  if (attribute === CLOCK) reading.noteInstants(flips);
  return comparison(read, matches, negated, tell);
}

function existence(read: AttributeReader, negated: boolean, tell: Teller): Test {
  return (run) => {
    const actual = read(run);
    const result = (actual === undefined) === negated;
    return run.trace === undefined ? result : tell(run, actual, result);
  };
}

/** A missing attribute satisfies nothing; a list satisfies what any of its elements does; a NOT_ form negates after that. */
function comparison(read: AttributeReader, matches: Matcher, negated: boolean, tell: Teller): Test {
  return (run) => {
    const actual = read(run);
    const result =
      actual !== undefined && (Array.isArray(actual) ? actual.some(matches) : matches(actual)) !== negated;
    return run.trace === undefined ? result : tell(run, actual, result);
  };
}

function teller(definition: JsonObject, attribute: string, words: string): Teller {
  return (run, actual, result) => {
    const { operator, values } = definition;
    const clock = attribute === CLOCK;
    const seen = actual === undefined ? "missing" : clock ? instant(run.now) : show(actual);
    const listed = Array.isArray(values) ? ` ${showAll(values)}` : "";
    const message = `${attribute} is ${seen}, so “${attribute} ${words}${listed}” is ${result}.`;
    run.trace?.add(clock ? "WINDOW" : "CONDITION", message, {
      attribute,
      operator,
      actual: actual ?? null,
      result,
    });
    return result;
  };
}

function instant(now: number): string {
  const date = new Date(now);
  return Number.isNaN(date.getTime()) ? show(now) : date.toISOString();
}
