/** Reads what people write of a flag's shared part: collects every mistake before anything is refused. */
import type { FlagType } from "../../evaluation/index.js";
import { description, key, list, type Mistakes, name, strings } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { booleanVariants, type Variant } from "./flag.js";
import type { ValueReader } from "./flag-values.js";

export interface VariantInput {
  readonly key: string;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** JSON of the flag's type. */
  readonly value: unknown;
}

const maxTags = 50;
const maxTagLength = 64;
export const maxVariants = 200;

/** Tags without blanks around them, each once, in the order given. */
export function readTags(path: string, tags: readonly string[], mistakes: Mistakes): readonly string[] {
  const given = list(path, tags, mistakes, { max: 10 * maxTags });
  const trimmed = [...new Set(given.map((tag) => (typeof tag === "string" ? tag.trim() : tag)))];
  return strings(path, trimmed, mistakes, { max: maxTags, text: maxTagLength });
}

/** The variants of a new flag; absent and null give a BOOLEAN flag its two. */
export function readVariants(
  path: string,
  type: FlagType,
  inputs: readonly VariantInput[] | null | undefined,
  read: ValueReader,
  mistakes: Mistakes,
): readonly Variant[] {
  if (inputs === undefined || inputs === null) {
    if (type === "BOOLEAN") return booleanVariants;
    mistakes.add(path, `must list at least one variant: only BOOLEAN flags have them by themselves.`);
    return [];
  }
  const given = list(path, inputs, mistakes, { min: 1, max: maxVariants });
  const keys = given.map((input) => input.key.toLowerCase());
  for (const [index, lowered] of keys.entries()) {
    if (keys.indexOf(lowered) === index) continue;
    mistakes.add(`${path}[${index}].key`, `must be unique, got ${quote(given[index]?.key)} again.`);
  }
  return given.map((input, index) => readVariant(`${path}[${index}]`, input, read, mistakes));
}

/** One variant; whether its key is free is for the caller. */
export function readVariant(
  path: string,
  input: VariantInput,
  read: ValueReader,
  mistakes: Mistakes,
): Variant {
  return {
    key: key(`${path}.key`, input.key, mistakes),
    name: readVariantName(`${path}.name`, input.name, mistakes),
    description: description(`${path}.description`, input.description, mistakes),
    value: read(`${path}.value`, input.value, mistakes),
  };
}

/** null when absent or null: people then see the key. */
export function readVariantName(path: string, value: unknown, mistakes: Mistakes): string | null {
  return value === undefined || value === null ? null : name(path, value, mistakes);
}
