/** Whoever follows the flags over a line that may break at any time: by GraphQL, or as OpenFeature's SDKs do. */
import type { Truth } from "./truth.js";

export interface Member {
  /** Resolves once it is stopped. */
  readonly run: () => Promise<void>;
  /** Lets go of the line without a word, as a phone in a tunnel does. */
  readonly drop: () => void;
  /** Reads no more until it goes on. */
  readonly pause: () => void;
  readonly goOn: () => void;
  readonly stop: () => void;
  /** Who it is, and where. */
  readonly toString: () => string;
  /** How what it holds differs from the truth; null: not at all. */
  readonly differsFrom: (truth: Truth) => string | null;
  /** It was found equal to that truth. */
  readonly agreed: (truth: Truth) => void;
  /** Connections made after the first one. */
  readonly returns: number;
  /** Updates taken so far. */
  readonly taken: number;
  /** Times that it was told to begin anew. */
  readonly resyncs: number;
}
