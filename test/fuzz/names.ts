/** The few names that everything is called by, so that operations meet each other's work. */
import type { Random } from "./random.js";
import { oddText } from "./values.js";

export interface Names {
  readonly projects: readonly string[];
  readonly environments: readonly string[];
  readonly flags: readonly string[];
  readonly segments: readonly string[];
  readonly variants: readonly string[];
  readonly rules: readonly string[];
  readonly emails: readonly string[];
  /** Learnt from answers: ids of changes, keys and sessions. */
  readonly ids: string[];
  /** Learnt from answers: cursors and revisions. */
  readonly cursors: string[];
}

const count = (length: number, name: string): string[] =>
  Array.from({ length }, (_, index) => `${name}-${index + 1}`);

/** Of a server on which nothing was learnt yet. */
export function freshNames(): Names {
  return {
    projects: ["default", "default", "default", "default", "fuzz"],
    environments: [...Array.from({ length: 6 }, () => "development"), "staging", "production", "qa"],
    flags: ["welcome", ...count(6, "f")],
    segments: count(4, "s"),
    variants: ["on", "off", "a", "b"],
    rules: count(3, "r"),
    emails: count(3, "u").map((name) => `${name}@example.com`),
    ids: ["00000000-0000-4000-8000-000000000000"],
    cursors: ["1.0"],
  };
}

const remembered = 64;

/** Takes up ids and cursors that stand in an answer. */
export function learn({ ids, cursors }: Names, answer: string, forget: ReadonlySet<string>): void {
  for (const [, name, value = ""] of answer.matchAll(/"(id|cursor|endCursor|revision)":"([^"\\]{1,200})"/g)) {
    const list = name === "id" ? ids : cursors;
    if (forget.has(value) || list.includes(value)) continue;
    list.push(value);
    if (list.length > remembered) list.splice(1, 1);
  }
}

/** Mostly one of them, sometimes something else altogether. */
export function oneOf(random: Random, names: readonly string[]): string {
  return random.chance(0.985) ? random.pick(names) : oddText(random);
}
