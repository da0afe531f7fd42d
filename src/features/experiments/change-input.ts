/** What changes in this room are sent with beside what they are about, and how names are read. */
import { description, type Mistakes, name } from "../../platform/input.js";

export interface ChangeInput {
  /** Absent or null: the caller's own, or `default`. */
  readonly project?: string | null | undefined;
  /** The version that the change builds on; must be given for what belongs to an environment that says so. */
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** What a layer, a holdout or a template is called. */
export interface NamesInput {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
}

interface Names {
  readonly name: string;
  readonly description: string | null;
}

/** Of a change. What is absent is left out; null clears the description. */
export function readNames(input: NamesInput, mistakes: Mistakes): Partial<Names> {
  return {
    ...(input.name === undefined ? {} : { name: name("input.name", input.name, mistakes) }),
    ...(input.description === undefined
      ? {}
      : { description: description("input.description", input.description, mistakes) }),
  };
}
