/** Finding an attribute in a context by its path. */
import { isObject, type JsonObject, own } from "./json.js";

/** The path whose value is the clock: epoch milliseconds, whatever the context says. */
export const CLOCK = "request.time";
export const TARGETING_KEY = "targetingKey";

/** What a path is looked up in. */
export interface Subject {
  /** Whatever was sent; null and undefined count as absent. */
  readonly targetingKey: unknown;
  readonly attributes: JsonObject;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Gives the attribute's value, or undefined when it is missing or null. */
export type AttributeReader = (subject: Subject) => unknown;

/**
 * A property of exactly that name comes first; else dots descend, through own properties of objects only: lists and strings have no
 * members here, and nothing is inherited.
 */
export function attributeReader(path: string): AttributeReader {
  if (path === CLOCK) return (subject) => subject.now;
  if (path === TARGETING_KEY) return (subject) => subject.targetingKey ?? undefined;
  if (!path.includes(".")) return (subject) => own(subject.attributes, path);
  const [first, ...rest] = path.split(".");
  const start = attributeReader(first ?? "");
  return (subject) => own(subject.attributes, path) ?? rest.reduce(descend, start(subject));
}

function descend(value: unknown, name: string): unknown {
  return isObject(value) ? own(value, name) : undefined;
}
