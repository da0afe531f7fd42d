/** JSON Schemas of flags: compiled for each write, with patterns in linear time and a limit that no schema can talk its way around. */
import { runInNewContext } from "node:vm";
import { Ajv, type AnySchemaObject, type ErrorObject, type Options, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { compilePattern, patternParts } from "../../evaluation/index.js";

/** What a schema has against a value: where in the value (JSON Pointer), and why. */
export interface SchemaObjection {
  readonly pointer: string;
  readonly message: string;
}

/** A compiled schema: gives what it has against a value, nothing when the value satisfies it. Throws nothing. */
export type SchemaCheck = (value: unknown) => readonly SchemaObjection[];

const mostMs = 100; // for checking one value
const mostTurns = 5;
const mostObjections = 10;
const mostPatternParts = 5_000;

/** Patterns in RE2 syntax, which match in linear time, up to a size in all. Ajv keeps patterns by their text, so each has its own. */
function linearTime() {
  let parts = 0;
  const compile = (pattern: string) => {
    parts += patternParts(pattern);
    if (parts > mostPatternParts) throw new Error("its patterns are too large in all");
    const expression = compilePattern(pattern);
    return { test: (text: string) => expression.matcher(text).find(), toString: () => `RE2 ${pattern}` };
  };
  return Object.assign(compile, { code: "require('re2js').RE2JS" });
}

const options: Options = {
  allErrors: true,
  strict: false, // unknown keywords are annotations, as the standard says
  validateFormats: false, // `format` is an annotation
  ownProperties: true,
  inlineRefs: false, // written out at each reference, a small schema becomes a program of gigabytes
  logger: false,
};

/**
 * Compiles a JSON Schema: draft 2020-12, or draft 7 where `$schema` says so. Gives the reason instead when it is none, or names a schema
 * that is not part of it.
 */
export function compileSchema(schema: AnySchemaObject): SchemaCheck | string {
  if (schema["$async"] !== undefined) return "must not be asynchronous ($async).";
  try {
    const bounded = { ...options, code: { regExp: linearTime() } };
    const ajv = isDraft7(schema) ? new Ajv(bounded) : new Ajv2020(bounded);
    return checkBy(ajv.compile(schema));
  } catch (error) {
    return `must be a JSON Schema: ${reasonOf(error)}.`;
  }
}

/** Once a check has failed to end, the schema is not tried again. */
function checkBy(validate: ValidateFunction): SchemaCheck {
  let failure: SchemaObjection | null = null;
  return (value) => {
    if (failure !== null) return [failure];
    try {
      return withinTime(() => validate(value)) ? [] : objections(validate.errors ?? []);
    } catch (error) {
      failure = { pointer: "", message: `cannot be checked against the schema: ${reasonOf(error)}` };
      return [failure];
    }
  };
}

function isDraft7(schema: AnySchemaObject): boolean {
  return typeof schema["$schema"] === "string" && schema["$schema"].includes("draft-07");
}

function objections(errors: readonly ErrorObject[]): readonly SchemaObjection[] {
  return errors.slice(0, mostObjections).map(({ instancePath, message = "is refused by the schema" }) => ({
    pointer: instancePath,
    message,
  }));
}

/**
 * References can make a small schema take exponential time; only an interrupt from outside ends that. Time in which a busy machine let this
 * process wait is no fault of the schema: then it gets another turn.
 */
function withinTime<T>(run: () => T): T {
  for (let turn = 1; ; turn += 1) {
    const started = process.cpuUsage();
    try {
      return runInNewContext("run()", { run }, { timeout: mostMs }) as T;
    } catch (error) {
      const { user, system } = process.cpuUsage(started); // microseconds
      const waited = user + system < (mostMs * 1_000) / 2;
      if (!isTimeout(error) || !waited || turn === mostTurns) throw error;
    }
  }
}

/** The interrupt's error may come from the context that it ended, and is then no Error of ours. */
function isTimeout(error: unknown): boolean {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  return code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}

function reasonOf(error: unknown): string {
  if (isTimeout(error)) return "that takes too long";
  if (error instanceof RangeError) return "it refers to itself without end";
  return error instanceof Error ? error.message.replace("schema is invalid: ", "") : "it fails";
}
