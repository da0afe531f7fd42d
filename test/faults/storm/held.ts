/** What one subscriber holds, built from nothing but what it was sent, and what must never be in that. */
import type { Truth } from "./truth.js";

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Held {
  readonly name: string;
  /** To begin with, or to go on after a break: with `since` once something is held. */
  readonly operation: () => Operation;
  /** What the server sent; gives what is wrong with it, or null. */
  readonly take: (data: unknown) => string | null;
  /** How it differs from the truth; null: not at all. */
  readonly differsFrom: (truth: Truth) => string | null;
  /** It was found equal to that truth. */
  readonly agreed: (truth: Truth) => void;
  /** Events taken so far. */
  readonly taken: number;
  /** Times that it was told to begin anew. */
  readonly resyncs: number;
}
