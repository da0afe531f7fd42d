/** What was done to the files below a folder, in order, and what was promised to whom between two of these things. */

/** Bytes that were written; a number stands for that many zeros. */
export type Bytes = Buffer | number;

/** `file` numbers openings, not files: the same file opened twice has two. Paths are relative to the folder, which is "". */
export type Operation =
  | { readonly kind: "makeFolder"; readonly path: string }
  | { readonly kind: "open"; readonly file: number; readonly path: string; readonly created: boolean }
  | { readonly kind: "write"; readonly file: number; readonly at: number; readonly bytes: Bytes }
  | { readonly kind: "truncate"; readonly file: number; readonly size: number }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  | { readonly kind: "link"; readonly path: string; readonly to: string }
  /** A file, or a folder with all that it holds. */
  | { readonly kind: "remove"; readonly path: string }
  /** Ended now; what was done before `begun`, an index of the journal, is covered. */
  | { readonly kind: "sync"; readonly file: number; readonly begun: number }
  | { readonly kind: "phase"; readonly name: string }
  | { readonly kind: "acknowledge"; readonly promise: Acknowledged };

/** What somebody was told is done. */
export interface Acknowledged {
  /** Of the ledger's row. */
  readonly requestId: string;
  /** The newest row of the ledger that this instance had read when it answered. */
  readonly seq: number;
  /** A flag that exists in at least this version. */
  readonly flag?: { readonly key: string; readonly version: number };
}

export type Journal = Operation[];

export function lengthOf(bytes: Bytes): number {
  return typeof bytes === "number" ? bytes : bytes.length;
}
