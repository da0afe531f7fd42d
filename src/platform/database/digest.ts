/** One number for which things there are and at which versions, that the database and a process work out alike, in whatever order. */
import { hash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

/** In a statement that groups: the sum, over all rows, of the first 32 bits of sha256("key:version"). As text; rows are counted apart. */
export function digestOfVersions(key: PgColumn, version: PgColumn): SQL<string> {
  const bytes = sql`sha256(convert_to(${key} || ':' || ${version}, 'UTF8'))`;
  return sql<string>`sum(('x' || left(encode(${bytes}, 'hex'), 8))::bit(32)::bigint)::text`;
}

const perTurn = 5_000; // some milliseconds

/** The same of what is in memory: `count:sum`. Others have their turn meanwhile. */
export async function digestVersions(
  versions: Iterable<readonly [key: string, version: number]>,
): Promise<string> {
  let total = 0;
  let sum = 0; // exact: two million rows of 32 bits fit into 53
  for (const [key, version] of versions) {
    total += 1;
    sum += hash("sha256", `${key}:${version}`, "buffer").readUInt32BE(0);
    if (total % perTurn === 0) await nextTurn();
  }
  return `${total}:${sum}`;
}
