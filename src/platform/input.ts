/** Checks what callers send: every mistake is collected, and all of them are told at once. */
import { percentToWeight, readInstant } from "../evaluation/index.js";
import { badInput, type FieldMistake, quote } from "./problems.js";

/** Mistakes found so far. Checkers add to it and go on with a stand-in value; nothing is used before `throwIfAny`. */
export class Mistakes {
  readonly #found: FieldMistake[] = [];

  /** `path` is dotted from the argument: `input.rules[0].gate.percent`. */
  add(path: string, message: string): void {
    this.#found.push({ path, message });
  }

  /** How many there are so far: unchanged after reading a part, the part is right. */
  get count(): number {
    return this.#found.length;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** In the order in which they were found. */
  get all(): readonly FieldMistake[] {
    return this.#found;
  }

  /** Throws BAD_USER_INPUT naming every mistake. */
  throwIfAny(): void {
    if (this.#found.length > 0) throw badInput(this.#found);
  }
}

export const maxNameLength = 200;
export const maxDescriptionLength = 4_000;
export const maxReasonLength = 1_000;
export const maxSearchLength = 200;

interface TextLimits {
  /** Characters, as JavaScript counts them. */
  readonly max: number;
  readonly min?: number;
}

/** A string that PostgreSQL can keep: well-formed Unicode without NUL, within its limits. */
export function text(path: string, value: unknown, mistakes: Mistakes, limits: TextLimits): string {
  const { max, min = 0 } = limits;
  if (typeof value !== "string") mistakes.add(path, `must be a string, got ${quote(value)}.`);
  else if (value.length > max) {
    mistakes.add(path, `must be at most ${max} characters long, got ${value.length}.`);
  } else if (value.trim().length < min) {
    mistakes.add(path, min === 1 ? "must not be empty." : `must be at least ${min} characters long.`);
  } else if (!isStorable(value)) {
    mistakes.add(path, `must be well-formed Unicode without NUL, got ${quote(value)}.`);
  } else return value;
  return "";
}

/** Whether PostgreSQL can keep the text as it is: no NUL, no half of a surrogate pair. */
export function isStorable(value: string): boolean {
  return !value.includes("\0") && !/\p{Surrogate}/u.test(value);
}

/** What strangers say of themselves, as it can be kept: cut short, and with U+FFFD for what PostgreSQL cannot keep. `max` is in characters. */
export function storable(value: string, max: number): string {
  return value.slice(0, max).replaceAll(/\p{Surrogate}|\0/gu, "\ufffd");
}

/** A name for people: 1–200 characters. */
export function name(path: string, value: unknown, mistakes: Mistakes): string {
  return text(path, value, mistakes, { min: 1, max: maxNameLength });
}

/** A name for people; the key where there is none. */
export function nameOrKey(path: string, value: unknown, ownKey: string, mistakes: Mistakes): string {
  return value === undefined || value === null ? ownKey : name(path, value, mistakes);
}

/** A text that may be left out or cleared: null when it is absent or null. */
export function optionalText(path: string, value: unknown, mistakes: Mistakes, max: number): string | null {
  return value === undefined || value === null ? null : text(path, value, mistakes, { max });
}

/** At most 4 000 characters; null when absent or null. */
export function description(path: string, value: unknown, mistakes: Mistakes): string | null {
  return optionalText(path, value, mistakes, maxDescriptionLength);
}

/** Why a change is made, at most 1 000 characters; null when absent or null. */
export function reason(path: string, value: unknown, mistakes: Mistakes): string | null {
  return optionalText(path, value, mistakes, maxReasonLength);
}

/** What to search for, at most 200 characters; null when absent, null or blank. */
export function search(path: string, value: unknown, mistakes: Mistakes): string | null {
  return optionalText(path, value, mistakes, maxSearchLength)?.trim() || null;
}

/** Whether the text is an id as PostgreSQL makes them; what is not can identify nothing. */
export function isUuid(value: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value);
}

/** Whether a key has the shape that every key has; what has not can name nothing. */
export function isKey(value: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value);
}

/** A key: 1–128 letters, digits, dots, underscores and hyphens, a letter or digit first. */
export function key(path: string, value: unknown, mistakes: Mistakes): string {
  if (typeof value === "string" && isKey(value)) return value;
  const shape = "1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit";
  mistakes.add(path, `must be ${shape}, got ${quote(value)}.`);
  return "";
}

/** Names that addresses of the server and of its pages are made of. */
const reservedWords: ReadonlySet<string> = new Set([
  "admin",
  "api",
  "assets",
  "dashboard",
  "federation",
  "graphql",
  "health",
  "livez",
  "login",
  "logout",
  "metrics",
  "new",
  "ofrep",
  "readyz",
  "settings",
  "static",
]);

/** A key of a project, environment or flag: none of the reserved words either, in whatever case. */
export function publicKey(path: string, value: unknown, mistakes: Mistakes): string {
  const checked = key(path, value, mistakes);
  if (!reservedWords.has(checked.toLowerCase())) return checked;
  mistakes.add(path, `is a reserved word, got ${quote(value)}.`);
  return "";
}

const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.parse("9999-12-31T23:59:59.999Z");

/** An RFC 3339 date-time with any offset, as its canonical text: UTC, milliseconds only where there are any. */
export function dateTime(path: string, value: unknown, mistakes: Mistakes): string {
  const instant = typeof value === "string" && !isDateAlone(value) ? readInstant(value) : undefined;
  if (instant !== undefined && instant >= earliest && instant <= latest) {
    return new Date(instant).toISOString().replace(".000Z", "Z");
  }
  mistakes.add(path, `must be an RFC 3339 date-time such as 2026-01-31T09:00:00Z, got ${quote(value)}.`);
  return "";
}

function isDateAlone(value: string): boolean {
  return value.length === "2026-01-31".length;
}

/** A percentage: 0–100 with at most three decimals. */
export function percent(path: string, value: unknown, mistakes: Mistakes): number {
  if (typeof value !== "number" || !(value >= 0 && value <= 100)) {
    mistakes.add(path, `must be between 0 and 100, got ${quote(value)}.`);
  } else if (percentToWeight(value) === undefined) {
    mistakes.add(path, `must have at most three decimals, got ${value}.`);
  } else return value;
  return 0;
}

interface ListLimits {
  readonly max: number;
  readonly min?: number;
}

/** A list of anything, within its limits. */
export function list<T>(
  path: string,
  value: readonly T[] | null | undefined,
  mistakes: Mistakes,
  limits: ListLimits,
): readonly T[] {
  const { max, min = 0 } = limits;
  if (value === undefined || value === null) mistakes.add(path, `must be a list, got ${quote(value)}.`);
  else if (value.length > max) mistakes.add(path, `must have at most ${entries(max)}, got ${value.length}.`);
  else if (value.length < min) mistakes.add(path, `must have at least ${entries(min)}, got ${value.length}.`);
  else return value;
  return [];
}

function entries(count: number): string {
  return count === 1 ? "1 entry" : `${count} entries`;
}

/** A list of non-empty strings; `text` limits each of them. */
export function strings(
  path: string,
  value: readonly string[] | null | undefined,
  mistakes: Mistakes,
  limits: ListLimits & { readonly text: number },
): readonly string[] {
  return list(path, value, mistakes, limits).map((item, index) =>
    text(`${path}[${index}]`, item, mistakes, { min: 1, max: limits.text }),
  );
}

export const maxJsonBytes = 65_536; // 64 KiB
const maxJsonDepth = 64;

/** A JSON value that PostgreSQL can keep: finite numbers, well-formed strings without NUL, at most 64 KiB and 64 levels. */
export function json(path: string, value: unknown, mistakes: Mistakes): unknown {
  const mistake = jsonMistake(value, 0);
  if (mistake !== null) mistakes.add(path, mistake);
  else {
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes <= maxJsonBytes) return value;
    mistakes.add(path, `must be at most ${maxJsonBytes} bytes of JSON, got ${bytes}.`);
  }
  return null;
}

function jsonMistake(value: unknown, depth: number): string | null {
  if (depth > maxJsonDepth) return `must not nest deeper than ${maxJsonDepth} levels.`;
  if (value === null || typeof value === "boolean") return null;
  if (typeof value === "number") return Number.isFinite(value) ? null : `must be finite, got ${value}.`;
  if (typeof value === "string") {
    return isStorable(value) ? null : `must be well-formed Unicode without NUL, got ${quote(value)}.`;
  }
  if (typeof value !== "object") return `must be JSON, got ${typeof value}.`;
  for (const part of Array.isArray(value) ? value : Object.entries(value).flat()) {
    const mistake = jsonMistake(part, depth + 1);
    if (mistake !== null) return mistake;
  }
  return null;
}
