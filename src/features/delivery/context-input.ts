/** Reads the evaluation context that a caller sends: bounded, and as data that inherits nothing. */
import type { EvaluationContext } from "../../evaluation/index.js";
import { isStorable, Mistakes } from "../../platform/input.js";
import { badField, Problem, quote } from "../../platform/problems.js";
import { canonicalJson } from "../ledger/index.js";

/** A context as it arrives: nothing is known of it. */
export interface ContextInput {
  readonly targetingKey?: unknown;
  readonly attributes?: unknown;
  /** That whoever sends it may ask about the targeting key; no part of the context itself. */
  readonly proof?: unknown;
}

/** A checked context. */
export interface CheckedContext extends EvaluationContext {
  readonly targetingKey: string | null;
  /** Without a prototype at every depth. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

const maxKeys = 256; // at all depths together
const maxItems = 1_000; // of lists, at all depths together: each is tested by every rule that looks at it
const maxDepth = 5; // the attributes themselves are the first level
const maxStringBytes = 4_096; // 4 KiB
const maxTargetingKeyLength = 512; // characters
const maxLiveBytes = 4_096; // 4 KiB, for a context that is kept as long as somebody listens

/**
 * Checks a context and copies it. A `targetingKey` among the attributes is left out: the one beside them counts.
 * Throws BAD_USER_INPUT with exact paths, `context.attributes.plan`.
 */
export function readContext(input: ContextInput, path = "context"): CheckedContext {
  const reading = new ContextReading();
  const targetingKey = reading.targetingKey(`${path}.targetingKey`, input.targetingKey);
  const attributes = reading.attributes(`${path}.attributes`, input.attributes);
  reading.mistakes.throwIfAny();
  return { targetingKey, attributes };
}

/** The proof as it was sent, whatever it is worth. Throws BAD_USER_INPUT for what is no text. */
export function readProof({ proof }: ContextInput, path = "context"): string | null {
  if (proof === undefined || proof === null) return null;
  if (typeof proof !== "string") throw badField(`${path}.proof`, "must be a string.");
  return proof;
}

/** The context as JSON, its names in order. Throws LIMIT_EXCEEDED where that is too much to be kept for each of many thousands who listen. */
export function boundedText(context: CheckedContext): string {
  const text = canonicalJson(context);
  const size = Buffer.byteLength(text);
  if (size <= maxLiveBytes) return text;
  const message = `The context of a subscription is at most ${maxLiveBytes} bytes of JSON, got ${size}.`;
  throw new Problem("LIMIT_EXCEEDED", message, { fields: [{ path: "context", message: "is too large." }] });
}

class ContextReading {
  readonly mistakes = new Mistakes();
  #keys = 0;
  #items = 0;

  targetingKey(path: string, value: unknown): string | null {
    if (value === undefined || value === null) return null;
    if (typeof value !== "string") this.mistakes.add(path, `must be a string, got ${quote(value)}.`);
    else if (value.length > maxTargetingKeyLength) {
      this.mistakes.add(
        path,
        `must be at most ${maxTargetingKeyLength} characters long, got ${value.length}.`,
      );
    } else if (this.#isText(path, value)) return value;
    return null;
  }

  attributes(path: string, value: unknown): Readonly<Record<string, unknown>> {
    if (value === undefined || value === null) return bare();
    if (typeof value === "object" && !Array.isArray(value)) {
      const { targetingKey: _ignored, ...attributes } = value as Record<string, unknown>;
      return this.#object(path, attributes, 1);
    }
    this.mistakes.add(path, `must be an object, got ${quote(value)}.`);
    return bare();
  }

  #object(path: string, value: object, depth: number): Readonly<Record<string, unknown>> {
    const copy = bare();
    for (const [name, member] of Object.entries(value)) {
      this.#keys += 1;
      if (this.#keys > maxKeys) {
        if (this.#keys === maxKeys + 1) this.mistakes.add(path, `must have at most ${maxKeys} names in all.`);
        return copy;
      }
      if (this.#isText(path, name)) copy[name] = this.#value(`${path}.${name}`, member, depth);
    }
    return copy;
  }

  #value(path: string, value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "boolean":
        return value;
      case "number":
        if (!Number.isFinite(value)) this.mistakes.add(path, `must be finite, got ${value}.`);
        return value;
      case "string":
        return this.#isText(path, value) ? value : "";
      case "object":
        return value === null ? null : this.#nested(path, value, depth + 1);
      default:
        this.mistakes.add(path, `must be JSON, got ${typeof value}.`);
        return null;
    }
  }

  #nested(path: string, value: object, depth: number): unknown {
    if (depth > maxDepth) {
      this.mistakes.add(
        path,
        `must not nest deeper than ${maxDepth} levels, the attributes being the first.`,
      );
      return null;
    }
    if (!Array.isArray(value)) return this.#object(path, value, depth);
    this.#items += value.length;
    if (this.#items > maxItems) {
      this.mistakes.add(path, `must not bring the entries of all lists to more than ${maxItems}.`);
      return [];
    }
    return value.map((item: unknown, index) => this.#value(`${path}[${index}]`, item, depth));
  }

  #isText(path: string, value: string): boolean {
    if (value.length * 3 > maxStringBytes && Buffer.byteLength(value) > maxStringBytes) {
      this.mistakes.add(
        path,
        `must not hold strings longer than ${maxStringBytes} bytes, got ${quote(value, 40)}.`,
      );
    } else if (!isStorable(value)) {
      this.mistakes.add(path, `must be well-formed Unicode without NUL, got ${quote(value, 40)}.`);
    } else return true;
    return false;
  }
}

function bare(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}
