/** What of a flag is not part of its definition, but of what its answers look like: pure. */
import type { LoadedFlag } from "../flags/index.js";

export interface FlagFacts {
  readonly tags: readonly string[];
  /** Whether every value is an integer, for clients that tell integers from floats. */
  readonly hasWholeNumbers: boolean;
}

/** Flag key → facts. */
export type FlagIndex = ReadonlyMap<string, FlagFacts>;

export function factsOf({ definition, tags, valueSchema }: LoadedFlag): FlagFacts {
  const { type, variants } = definition;
  const isWhole =
    valueSchema === null ? variants.every(({ value }) => Number.isInteger(value)) : saysInteger(valueSchema);
  return { tags, hasWholeNumbers: type === "NUMBER" && isWhole };
}

function saysInteger(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && "type" in schema && schema.type === "integer";
}
