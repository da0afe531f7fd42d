/** updateVariant: a variant's value, name and description. */
import { description } from "../../platform/input.js";
import type { Caller } from "../permissions/index.js";
import { changeFlag, type FlagRef } from "./change-flag.js";
import { findVariant, type Flag } from "./flag.js";
import { readVariantName } from "./flag-input.js";
import { readerOf } from "./flag-values.js";
import type { FlagTools } from "./guard-holders.js";

/** Absent members are unchanged; null clears name and description. */
export interface UpdateVariant extends FlagRef {
  /** Key of the variant. */
  readonly variant: string;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** JSON of the flag's type. */
  readonly value?: unknown;
}

/** Throws NOT_FOUND, BAD_USER_INPUT, and like `changeFlag`. */
export async function updateVariant(tools: FlagTools, caller: Caller, input: UpdateVariant): Promise<Flag> {
  return changeFlag(tools, caller, input, "flag.variant_updated", ({ flag, mistakes }) => {
    const variant = findVariant(flag, input.variant);
    const next = {
      key: variant.key,
      name: input.name === undefined ? variant.name : readVariantName("input.name", input.name, mistakes),
      description:
        input.description === undefined
          ? variant.description
          : description("input.description", input.description, mistakes),
      value: input.value === undefined ? variant.value : readerOf(flag)("input.value", input.value, mistakes),
    };
    return { variants: flag.variants.map((known) => (known === variant ? next : known)) };
  });
}
