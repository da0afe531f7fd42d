/** updateFlag: name, description, kind, tags, owner, value schema and visibility to clients. */
import { description, type Mistakes, name } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import type { Caller } from "../permissions/index.js";
import { changeFlag, type FlagRef } from "./change-flag.js";
import { findOwnerId } from "./find-owner.js";
import type { Flag, FlagKind } from "./flag.js";
import { readTags } from "./flag-input.js";
import { readValueSchema } from "./flag-values.js";
import type { FlagTools } from "./guard-holders.js";

/** Absent members are unchanged; null clears description, owner and valueSchema. */
export interface UpdateFlag extends FlagRef {
  readonly name?: string | null | undefined;
  readonly kind?: FlagKind | null | undefined;
  readonly description?: string | null | undefined;
  readonly tags?: readonly string[] | null | undefined;
  /** E-mail. */
  readonly owner?: string | null | undefined;
  /** JSON Schema that every variant's value satisfies. */
  readonly valueSchema?: unknown;
  readonly clientVisible?: boolean | null | undefined;
}

/** Throws BAD_USER_INPUT for a schema that refuses a variant, NOT_FOUND for an unknown owner, and like `changeFlag`. */
export async function updateFlag(tools: FlagTools, caller: Caller, input: UpdateFlag): Promise<Flag> {
  return changeFlag(tools, caller, input, "flag.updated", async ({ tx, flag, mistakes }) => {
    for (const member of ["kind", "tags", "clientVisible"] as const) {
      if (input[member] === null) mistakes.add(`input.${member}`, "must not be null.");
    }
    const next = {
      name: input.name === undefined ? flag.name : name("input.name", input.name, mistakes),
      kind: input.kind ?? flag.kind,
      description:
        input.description === undefined
          ? flag.description
          : description("input.description", input.description, mistakes),
      tags: input.tags ? readTags("input.tags", input.tags, mistakes) : flag.tags,
      valueSchema: readSchemaOf(flag, input.valueSchema, mistakes),
      clientVisible: input.clientVisible ?? flag.clientVisible,
    };
    mistakes.throwIfAny();
    const ownerId = input.owner === undefined ? flag.ownerId : await findOwnerId(tx, input.owner);
    return { ...next, ownerId };
  });
}

/** A schema that accepts the values that the flag has. */
function readSchemaOf(flag: Flag, schema: unknown, mistakes: Mistakes): unknown {
  if (schema === undefined) return flag.valueSchema;
  const { stored, check } = readValueSchema("input.valueSchema", schema, mistakes);
  for (const variant of check === null ? [] : flag.variants) {
    for (const { pointer, message } of check?.(variant.value) ?? []) {
      const place = pointer === "" ? "" : `${pointer} `;
      mistakes.add("input.valueSchema", `must accept variant ${quote(variant.key)}: ${place}${message}.`);
    }
  }
  return stored;
}
