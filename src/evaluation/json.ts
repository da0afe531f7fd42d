/** Looking at values of which nothing is known: definitions as stored, contexts as sent. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Own property or undefined; null counts as absent. The prototype chain is never looked at. */
export function own(object: JsonObject, name: string): unknown {
  const value = object[name];
  return value === undefined || value === null || !Object.hasOwn(object, name) ? undefined : value;
}

const LONGEST_SHOWN = 80;

/** A value as it appears in messages: short, and safe for whatever it is. */
export function show(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    case "undefined":
      return "nothing";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `a list of ${value.length}` : "an object";
    default:
      return `a ${typeof value}`;
  }
}

const MOST_SHOWN = 5;

/** Several values as they appear in messages. */
export function showAll(values: readonly unknown[]): string {
  const shown = values.slice(0, MOST_SHOWN).map(show).join(", ");
  return values.length > MOST_SHOWN ? `${shown} and ${values.length - MOST_SHOWN} more` : shown;
}
