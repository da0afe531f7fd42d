/** Migrated, empty databases of either kind, one for each caller. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import postgres from "postgres";
import { afterAll, beforeAll, describe } from "vitest";
import type { DatabaseOptions, OpenDatabase } from "../../src/platform/database/index.js";
import { openInMemory } from "../../src/platform/database/embedded.js";
import { openPostgres } from "../../src/platform/database/postgres.js";
import { service } from "./services.js";

export type DatabaseKind = OpenDatabase["kind"];

/** A database of the caller's own, to be closed by it. */
export async function freshDatabase(
  kind: DatabaseKind = "pglite",
  options: DatabaseOptions = {},
): Promise<OpenDatabase> {
  if (kind === "postgresql") return await openPostgres(await freshPostgresUrl(), options);
  return await openInMemory(await (migrated ??= readMigrated()), options);
}

/** Read once for all databases of a file. */
let migrated: Promise<Blob> | undefined;

async function readMigrated(): Promise<Blob> {
  const { dump } = await service("pglite");
  return new Blob([await readFile(dump)]);
}

/** Address of a migrated, empty PostgreSQL database, as a server of its own process needs it. */
export async function freshPostgresUrl(): Promise<string> {
  const { url, prefix, template } = await service("postgresql");
  const name = prefix + randomUUID().replaceAll("-", "");
  const admin = postgres(url, { max: 1 });
  await admin.unsafe(`create database ${name} template ${template}`);
  await admin.end();
  const fresh = new URL(url);
  fresh.pathname = name;
  return fresh.href;
}

/** Runs one suite over both databases. `subject()` is the suite's own, open while its tests run. */
export function describeDatabases(name: string, suite: (subject: () => OpenDatabase) => void): void {
  describe.each<DatabaseKind>(["pglite", "postgresql"])(`${name} on %s`, (kind) => {
    let subject: OpenDatabase | undefined;
    beforeAll(async () => {
      subject = await freshDatabase(kind);
    });
    afterAll(async () => {
      await subject?.close();
    });
    suite(() => {
      if (subject === undefined) throw new Error("open only while the tests run");
      return subject;
    });
  });
}
