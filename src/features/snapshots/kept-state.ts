/** The state of an instance as lines of text, and back: where it stands in the ledger, and what each part of it holds. Pure. */
import type { Keepable } from "../../platform/keepable.js";
import type { Position } from "../ledger/index.js";

/** Which state it is. */
export interface KeptAt {
  readonly position: Position;
  /** When the database last said that this was the newest state, epoch milliseconds. */
  readonly asOf: number;
}

/** Name → what is put away under it. */
export type KeptParts = Readonly<Record<string, Keepable>>;

/** State that was read and is not current yet. */
export interface ReadState {
  readonly at: KeptAt;
  /** Makes it current, at once and without failing. */
  readonly apply: () => void;
}

/** Rises when lines mean something else: state of another format is as good as none. */
export const keptFormat = 1;

/** The state at the moment of the call; written out as the caller goes through the lines. */
export function keepState(
  { position, asOf }: KeptAt,
  parts: Readonly<Record<string, Pick<Keepable, "keep">>>,
): Iterable<string> {
  const kept = Object.entries(parts).map(([name, part]) => [name, part.keep()] as const);
  return linesOf(JSON.stringify({ format: keptFormat, position, asOf }), kept);
}

function* linesOf(head: string, kept: readonly (readonly [string, Iterable<unknown>])[]): Generator<string> {
  yield head;
  for (const [name, values] of kept) for (const value of values) yield JSON.stringify([name, value]);
}

/** null for what cannot be read, such as another format. */
export function restoreState(
  lines: Iterable<string>,
  parts: Readonly<Record<string, Pick<Keepable, "restore">>>,
): ReadState | null {
  try {
    const [head, ...rest] = lines;
    const { format, position, asOf } = JSON.parse(head ?? "") as KeptAt & { readonly format: unknown };
    if (format !== keptFormat) return null;
    const values = new Map<string, unknown[]>(Object.keys(parts).map((name) => [name, []]));
    for (const line of rest) {
      const [name, value] = JSON.parse(line) as [string, unknown];
      values.get(name)?.push(value);
    }
    const swaps = Object.entries(parts).map(([name, part]) => part.restore(values.get(name) ?? []));
    return { at: { position, asOf }, apply: () => swaps.forEach((swap) => swap()) };
  } catch {
    return null;
  }
}
