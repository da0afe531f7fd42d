/** What a scenario claims, and which of it did not hold. */
import { isDeepStrictEqual } from "node:util";

export class Claims {
  readonly #broken: string[] = [];

  /** In sentences; empty: all that was claimed holds. */
  get broken(): readonly string[] {
    return this.#broken;
  }

  holds(claim: string, isSo: boolean, found: unknown): void {
    if (!isSo) this.#broken.push(`Not so: ${claim}; found ${written(found)}.`);
  }

  same(what: string, found: unknown, expected: unknown): void {
    if (isDeepStrictEqual(found, expected)) return;
    this.#broken.push(`${what}: ${written(found)} in the place of ${written(expected)}.`);
  }

  failed(error: unknown): void {
    this.#broken.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function written(value: unknown): string {
  return JSON.stringify(value, (_name, one: unknown): unknown => (one instanceof Map ? [...one] : one));
}
