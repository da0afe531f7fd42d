/** Columns that hold encrypted secrets, all looked at in one way, so that a rotation of keys reaches every one of them. */
import { getTableName, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import type { Database, Transaction } from "./database.js";
import { rowsOf } from "./parity.js";

/** A secret as it is stored, with the purpose that it was encrypted for. */
export interface StoredSecret {
  /** Of its row. */
  readonly id: string;
  readonly stored: string;
  readonly purpose: string;
}

export interface SecretColumn {
  /** Such as `users.totp_secret`. */
  readonly name: string;
  /** How many secrets each key encrypted, by key id. */
  readonly countByKey: (database: Database) => Promise<ReadonlyMap<string, number>>;
  /** Those that another key than this one encrypted. */
  readonly listOlder: (database: Database, keyId: string) => Promise<readonly StoredSecret[]>;
  /** Whether the secret was still `before`; only then it is `after` now. */
  readonly replace: (tx: Transaction, id: string, before: string, after: string) => Promise<boolean>;
}

/** The column `secret` of the rows that `id` names; `purposeOf` tells what the secret of a row was encrypted for. */
export function secretColumn(
  id: AnyPgColumn,
  secret: AnyPgColumn,
  purposeOf: (id: string) => string,
): SecretColumn {
  const { table } = secret;
  const keyId = sql`split_part(${secret}, '.', 2)`;
  return {
    name: `${getTableName(table)}.${secret.name}`,
    countByKey: async (database) => {
      const counted = sql`select ${keyId} as key, count(*)::int as total from ${table} where ${secret} is not null group by 1`;
      const rows = rowsOf(await database.execute(counted));
      return new Map(rows.map(({ key, total }) => [String(key), Number(total)]));
    },
    listOlder: async (database, current) => {
      const older = sql`select ${id} as id, ${secret} as stored from ${table} where ${keyId} <> ${current} order by ${id}`;
      const rows = rowsOf(await database.execute(older));
      return rows.map((row) => {
        const owner = String(row["id"]);
        return { id: owner, stored: String(row["stored"]), purpose: purposeOf(owner) };
      });
    },
    replace: async (tx, owner, before, after) => {
      const set = sql`${sql.identifier(secret.name)} = ${after}`;
      const replaced = sql`update ${table} set ${set} where ${id} = ${owner} and ${secret} = ${before} returning ${id}`;
      return rowsOf(await tx.execute(replaced)).length > 0;
    },
  };
}

/** How many secrets of each column no key of these encrypted; columns without such are left out. */
export async function countUnreadable(
  database: Database,
  columns: readonly SecretColumn[],
  keyIds: readonly string[],
): Promise<readonly { readonly column: string; readonly rows: number }[]> {
  const counted: { readonly column: string; readonly rows: number }[] = [];
  for (const column of columns) {
    let rows = 0;
    for (const [key, total] of await column.countByKey(database)) if (!keyIds.includes(key)) rows += total;
    if (rows > 0) counted.push({ column: column.name, rows });
  }
  return counted;
}
