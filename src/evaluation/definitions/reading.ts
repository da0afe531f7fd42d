/** One pass over a definition: compiling it, collecting what is wrong with it, and noting what it refers to. */
import { CLOCK } from "../attributes.js";
import { isObject, type JsonObject, show } from "../json.js";

/** One mistake in a definition. `path` is dotted from the definition: `rules[0].when.all[1].values[0]`; empty for the definition itself. */
export interface DefinitionProblem {
  readonly path: string;
  /** Says what was expected and what was got. */
  readonly message: string;
}

/** Where a definition asks for another flag, and which of its variants it accepts. */
export interface FlagReference {
  readonly flagKey: string;
  readonly variants: readonly string[];
  readonly via: "PREREQUISITE" | "CONDITION";
}

/** What a definition refers to, in the order in which it does. */
export interface References {
  readonly flags: readonly FlagReference[];
  /** Each segment once. */
  readonly segments: readonly string[];
}

/** What reading a definition brings to light, beside its compiled form. */
export interface Findings {
  readonly problems: readonly DefinitionProblem[];
  readonly references: References;
  /** Epoch milliseconds, whole, ascending, each once: when a verdict on the clock may flip. */
  readonly instants: readonly number[];
  /** Attribute paths that are looked up. */
  readonly attributes: ReadonlySet<string>;
  /** How deep its conditions nest. */
  readonly depth: number;
  /** Whether it refers to no flag and no segment. */
  readonly isolated: boolean;
}

/** Deeper conditions are refused: no person writes them, and they would cost stack. */
export const DEEPEST_CONDITION = 64;

/** The furthest that ECMAScript's time goes, in milliseconds from the epoch. */
const LAST_INSTANT = 8.64e15;

const NONE: readonly never[] = Object.freeze([]);
const NOTHING: ReadonlySet<never> = new Set<never>();
const NO_REFERENCES: References = Object.freeze({ flags: NONE, segments: NONE });

export class Reading {
  depth = 0;
  readonly #problems: DefinitionProblem[] = [];
  readonly #flags: FlagReference[] = [];
  readonly #segments = new Set<string>();
  readonly #attributes = new Set<string>();
  readonly #instants = new Set<number>();

  /** What has come to light so far; small, because every definition keeps its own. */
  get findings(): Findings {
    const { depth } = this;
    const isolated = this.#flags.length === 0 && this.#segments.size === 0;
    return {
      problems: this.#problems.length === 0 ? NONE : this.#problems,
      references: isolated ? NO_REFERENCES : { flags: this.#flags, segments: [...this.#segments] },
      instants: this.#instants.size === 0 ? NONE : [...this.#instants].sort((a, b) => a - b),
      attributes: this.#attributes.size === 0 ? NOTHING : this.#attributes,
      depth,
      isolated,
    };
  }

  complain(path: string, message: string): void {
    this.#problems.push({ path, message });
  }

  /** Complains that `got` is not what it must be. */
  refuse(path: string, expected: string, got: unknown): void {
    this.complain(path, `must be ${expected}, got ${show(got)}`);
  }

  noteFlag(reference: FlagReference): void {
    this.#flags.push(reference);
  }

  noteSegment(key: string): void {
    this.#segments.add(key);
  }

  /** Instants that no clock can show are left out. */
  noteInstants(instants: readonly number[]): void {
    for (const instant of instants) if (Math.abs(instant) <= LAST_INSTANT) this.#instants.add(instant);
  }

  object(value: unknown, path: string): JsonObject | undefined {
    if (isObject(value)) return value;
    this.refuse(path, "an object", value);
    return undefined;
  }

  /** A list without gaps; absent and null count as empty where `optional`. */
  list(value: unknown, path: string, optional = false): readonly unknown[] {
    if (Array.isArray(value)) return Array.from<unknown>(value);
    if (!optional || (value !== undefined && value !== null)) this.refuse(path, "a list", value);
    return [];
  }

  string(value: unknown, path: string): string | undefined {
    if (typeof value === "string") return value;
    this.refuse(path, "a string", value);
    return undefined;
  }

  strings(value: unknown, path: string, optional = false): readonly string[] {
    const list = this.list(value, path, optional);
    const strings = list.filter((item) => typeof item === "string");
    if (strings.length === list.length) return strings;
    for (const [index, item] of list.entries()) {
      if (typeof item !== "string") this.refuse(`${path}[${index}]`, "a string", item);
    }
    return strings;
  }

  /** A whole number within bounds, both inclusive. */
  integer(value: unknown, path: string, least: number, most: number): number | undefined {
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    this.refuse(path, `a whole number from ${least} to ${most}`, value);
    return undefined;
  }

  /** An attribute path. The clock cannot be listed or hashed: answers would change every millisecond. */
  attribute(value: unknown, path: string, clockAllowed: boolean): string {
    if (typeof value !== "string" || value === "") this.refuse(path, "an attribute path", value);
    else if (value === CLOCK && !clockAllowed) this.refuse(path, "an attribute other than the clock", value);
    else {
      this.#attributes.add(value);
      return value;
    }
    return "";
  }
}

/** The first problem as a sentence about `what`; undefined when there is none. */
export function describeProblem(what: string, { problems }: Findings): string | undefined {
  const [problem] = problems;
  return problem && `${what} is malformed: ${problem.path === "" ? "it" : problem.path} ${problem.message}.`;
}

/** `path.name`, or `name` alone at the top. */
export function member(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
