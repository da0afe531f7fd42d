/** What may be the value of a variant: of the flag's type, of the flag's schema, and storable as JSON. */
import type { FlagType } from "../../evaluation/index.js";
import { json, type Mistakes } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import type { Flag } from "./flag.js";
import { compileSchema, type SchemaCheck } from "./value-schema.js";

/** Reads the value that stands at `path`; what it gives means nothing once there are mistakes. */
export type ValueReader = (path: string, value: unknown, mistakes: Mistakes) => unknown;

/** The reader of a flag's values. `schema` null: every value of the type. */
export function valueReader(type: FlagType, schema: SchemaCheck | null): ValueReader {
  return (path, value, mistakes) => {
    const stored = storable(path, value, mistakes);
    if (stored === undefined) return null;
    if (isOfType[type](stored)) complain(schema?.(stored) ?? [], path, stored, mistakes);
    else mistakes.add(path, `must be ${typeNames[type]}, got ${quote(stored)}.`);
    return stored;
  };
}

/** The reader of the values of a flag that is stored, so with a schema that can be used. */
export function readerOf({ type, valueSchema }: Pick<Flag, "type" | "valueSchema">): ValueReader {
  const compiled = isObject(valueSchema) ? compileSchema(valueSchema) : null;
  return valueReader(type, typeof compiled === "string" ? null : compiled);
}

/** A JSON Schema as it is stored, and what it says to values; `check` is null where there is no schema, or none that can be used. */
export interface ValueSchema {
  readonly stored: unknown;
  readonly check: SchemaCheck | null;
}

const largestSchema = 16_384; // compiling takes some 10 ms a KiB

/** Reads a JSON Schema; null and absent: any value of the flag's type. */
export function readValueSchema(path: string, schema: unknown, mistakes: Mistakes): ValueSchema {
  if (schema === null || schema === undefined) return { stored: null, check: null };
  const stored = storable(path, schema, mistakes);
  if (stored === undefined) return { stored: null, check: null };
  const bytes = Buffer.byteLength(JSON.stringify(stored));
  if (bytes > largestSchema) {
    mistakes.add(path, `must be at most ${largestSchema} bytes of JSON, got ${bytes}.`);
    return { stored: null, check: null };
  }
  const compiled = isObject(stored) ? compileSchema(stored) : `must be an object, got ${quote(stored)}.`;
  if (typeof compiled !== "string") return { stored, check: compiled };
  mistakes.add(path, compiled);
  return { stored: null, check: null };
}

const isOfType: Record<FlagType, (value: unknown) => boolean> = {
  BOOLEAN: (value) => typeof value === "boolean",
  STRING: (value) => typeof value === "string",
  NUMBER: (value) => typeof value === "number",
  JSON: (value) => value !== null,
};

const typeNames: Record<FlagType, string> = {
  BOOLEAN: "a boolean",
  STRING: "a string",
  NUMBER: "a number",
  JSON: "JSON other than null",
};

/** The name that turns careless copies of a value into something else. */
const forbiddenName = '"__proto__":'; // within a string its quotes would be escaped

/** A copy as a parser makes it (literals of GraphQL have no prototypes, which some code does not expect); undefined after a mistake. */
function storable(path: string, value: unknown, mistakes: Mistakes): unknown {
  if (value === undefined) mistakes.add(path, "must be given.");
  else if (json(path, value, mistakes) !== null || value === null) {
    const text = JSON.stringify(value);
    if (!text.includes(forbiddenName)) return JSON.parse(text);
    mistakes.add(path, "must not have a member named __proto__.");
  }
  return undefined;
}

function complain(
  objections: ReturnType<SchemaCheck>,
  path: string,
  value: unknown,
  mistakes: Mistakes,
): void {
  for (const { pointer, message } of objections) {
    const at = follow(pointer, path, value);
    mistakes.add(at.path, `${message}, got ${quote(at.value)}.`);
  }
}

/** The dotted path and the value that a JSON Pointer into `value` leads to. */
function follow(pointer: string, path: string, value: unknown): { path: string; value: unknown } {
  let at = { path, value };
  for (const escaped of pointer.split("/").slice(1)) {
    const name = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    const inside: unknown = Object.entries(at.value ?? {}).find(([member]) => member === name)?.[1];
    at = { path: Array.isArray(at.value) ? `${at.path}[${name}]` : `${at.path}.${name}`, value: inside };
  }
  return at;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
