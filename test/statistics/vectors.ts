/** The statistics' vectors, and what it means to agree with one. */
import { readFileSync } from "node:fs";

export interface Vector {
  readonly id: string;
  readonly method: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly expected: unknown;
  readonly tolerance: number;
  /** `mixed`: relative to the expected number, but to 1 where that is smaller. */
  readonly toleranceMode: "mixed" | "relative";
}

/** Answers one method's input as the vectors expect it. */
export type Method = (input: never) => unknown;

export const vectors = JSON.parse(
  readFileSync(new URL("../conformance/statistics.json", import.meta.url), "utf8"),
) as readonly Vector[];

/** Where `got` differs from what the vector expects; empty where they agree. Integers, booleans and null agree exactly. */
export function differences(vector: Vector, got: unknown): string[] {
  return differencesAt("", vector, vector.expected, got);
}

function differencesAt(path: string, vector: Vector, expected: unknown, got: unknown): string[] {
  if (typeof expected === "number") return isNear(vector, expected, got) ? [] : [told(path, expected, got)];
  if (expected === null || typeof expected !== "object")
    return Object.is(expected, got) ? [] : [told(path, expected, got)];
  if (got === null || typeof got !== "object") return [told(path, expected, got)];
  if (Array.isArray(expected) && (!Array.isArray(got) || got.length !== expected.length))
    return [told(path, expected, got)];
  return Object.entries(expected).flatMap(([key, wanted]) =>
    differencesAt(`${path}.${key}`, vector, wanted, (got as Readonly<Record<string, unknown>>)[key]),
  );
}

function isNear({ tolerance, toleranceMode }: Vector, expected: number, got: unknown): boolean {
  if (typeof got !== "number") return false;
  const scale = toleranceMode === "mixed" ? Math.max(1, Math.abs(expected)) : Math.abs(expected);
  return Math.abs(got - expected) <= tolerance * scale;
}

function told(path: string, expected: unknown, got: unknown): string {
  return `${path === "" ? "the answer" : path} is ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`;
}
