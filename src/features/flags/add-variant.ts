/** addVariant: one more value that a flag can answer, last in order and served nowhere yet. */
import { alreadyExists } from "../../platform/problems.js";
import type { Caller } from "../permissions/index.js";
import { changeFlag, type FlagRef } from "./change-flag.js";
import type { Flag } from "./flag.js";
import { maxVariants, readVariant, type VariantInput } from "./flag-input.js";
import { readerOf } from "./flag-values.js";
import type { FlagTools } from "./guard-holders.js";

export interface AddVariant extends FlagRef {
  readonly variant: VariantInput;
}

/** Throws ALREADY_EXISTS for a key that the flag has, in whatever case, BAD_USER_INPUT, and like `changeFlag`. */
export async function addVariant(tools: FlagTools, caller: Caller, input: AddVariant): Promise<Flag> {
  return changeFlag(tools, caller, input, "flag.variant_added", ({ flag, mistakes }) => {
    const variant = readVariant("input.variant", input.variant, readerOf(flag), mistakes);
    if (flag.variants.length === maxVariants) {
      mistakes.add("input.variant", `must not be added: ${maxVariants} variants is the most.`);
    }
    mistakes.throwIfAny();
    const taken = flag.variants.some(({ key }) => key.toLowerCase() === variant.key.toLowerCase());
    if (taken) throw alreadyExists("Variant", variant.key);
    return { variants: [...flag.variants, variant] };
  });
}
