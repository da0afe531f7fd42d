/** Cursors and pages: the arithmetic of Relay connections, without GraphQL and without a database. */
import { badField, quote } from "../problems.js";

/** Arguments of a connection, as a client sends them. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** What a store reads: up to `limit` rows on one side of `cursor`, in the list's order (`forward`) or against it. */
export interface PageRequest {
  readonly limit: number;
  readonly forward: boolean;
  /** The sort values of the row to start beyond, as `encodeCursor` took them; null: from the end of the list. */
  readonly cursor: readonly (string | number)[] | null;
}

/** A page as use cases give it to resolvers. */
export interface Page<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Counts the whole list; called only when a client asks. */
  readonly count: () => Promise<number>;
}

export const defaultPageSize = 50;
export const maxPageSize = 100;

/**
 * Reads the arguments of the connection called `name`, whose cursors hold `width` sort values.
 * Throws BAD_USER_INPUT for a size outside 0–100, for both directions at once and for a cursor of another list.
 */
export function readPage(name: string, width: number, args: PageArguments): PageRequest {
  const backwards = given(args.last) || given(args.before);
  if (backwards && (given(args.first) || given(args.after))) {
    throw badField("last", "pages one way at a time: give first and after, or last and before.");
  }
  const [sizeName, cursorName] = backwards ? (["last", "before"] as const) : (["first", "after"] as const);
  const limit = args[sizeName] ?? defaultPageSize;
  if (limit < 0 || limit > maxPageSize) {
    throw badField(sizeName, `must be between 0 and ${maxPageSize}, got ${limit}.`);
  }
  const text = args[cursorName];
  const cursor = given(text) ? decodeCursor(name, width, text, cursorName) : null;
  return { limit, forward: !backwards, cursor };
}

function given<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

/** An opaque cursor of the list `name`. */
export function encodeCursor(name: string, values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([name, ...values])).toString("base64url");
}

function decodeCursor(name: string, width: number, text: string, path: string): (string | number)[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (Array.isArray(parsed) && parsed.length === width + 1 && parsed[0] === name) {
      const values: unknown[] = parsed.slice(1);
      if (values.every(isSortValue)) return values;
    }
  } catch {
    // Falls through to the refusal below.
  }
  throw badField(path, `is not a cursor of this list, got ${quote(text)}.`);
}

function isSortValue(value: unknown): value is string | number {
  return typeof value === "number" || (typeof value === "string" && !value.includes("\0"));
}

/** Where a list goes on whose order is one whole number; null: from its beginning. Throws BAD_USER_INPUT for another cursor. */
export function placeAfter({ cursor }: PageRequest): number | null {
  if (cursor === null) return null;
  const [place] = cursor;
  if (typeof place === "number" && Number.isSafeInteger(place)) return place;
  throw badField("after", `is not a cursor of this list, got ${quote(place)}.`);
}

/**
 * Makes a page of `rows`, of which the store read one more than asked for (limit + 1) in the direction of the request.
 */
export function makePage<Row, T>(
  name: string,
  request: PageRequest,
  rows: readonly Row[],
  sortValues: (row: Row) => readonly (string | number)[],
  node: (row: Row) => T,
  count: () => Promise<number>,
): Page<T> {
  const more = rows.length > request.limit;
  const kept = rows.slice(0, request.limit);
  if (!request.forward) kept.reverse();
  const edges = kept.map((row) => ({ cursor: encodeCursor(name, sortValues(row)), node: node(row) }));
  const beyond = request.cursor !== null;
  return {
    edges,
    hasNextPage: request.forward ? more : beyond,
    hasPreviousPage: request.forward ? beyond : more,
    count,
  };
}
