/** The migrations in drizzle/ make exactly the tables that src/ declares; `npm run migrations:check` runs this file. */
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as drizzleKit from "drizzle-kit/api";
import { expect, test } from "vitest";
import { read, typescriptFiles } from "./repository.js";

interface Journal {
  readonly entries: readonly { readonly idx: number; readonly tag: string }[];
}

interface Snapshot {
  readonly id: string;
  readonly tables: object;
}

/** What is used of drizzle-kit, whose own declarations do not compile beside zod 4. */
interface DrizzleKit {
  generateDrizzleJson(tables: object, previous: string): Snapshot;
  generateMigration(from: Snapshot, to: Snapshot): Promise<string[]>;
}

const { generateDrizzleJson, generateMigration } = drizzleKit as unknown as DrizzleKit;

const journal = JSON.parse(read("drizzle/meta/_journal.json")) as Journal;
const tags = journal.entries.map((entry) => entry.tag);

test("the tables need no migration that drizzle/ does not have", async () => {
  const last = journal.entries.at(-1);
  const stored = JSON.parse(read(`drizzle/meta/${snapshotName(last?.idx ?? 0)}`)) as Snapshot;
  const declared = generateDrizzleJson(await tables(), stored.id);
  expect(Object.keys(declared.tables)).not.toEqual([]);
  const missing = await generateMigration(stored, declared);
  expect(missing, "run `npm run migrations:generate` and commit what it writes").toEqual([]);
});

test("every migration is in the journal, and every entry of the journal has its migration", () => {
  const files = readdirSync("drizzle").filter((file) => file.endsWith(".sql"));
  expect(files.sort()).toEqual(tags.map((tag) => `${tag}.sql`));
});

test("migrations are numbered without a gap, and each has its snapshot", () => {
  expect(tags.map((tag) => Number(tag.slice(0, 4)))).toEqual(tags.map((_, index) => index));
  const snapshots = readdirSync("drizzle/meta").filter((file) => file.endsWith("_snapshot.json"));
  expect(snapshots.sort()).toEqual(journal.entries.map((entry) => snapshotName(entry.idx)));
});

async function tables(): Promise<object> {
  const files = typescriptFiles("src").filter((file) => file.endsWith(".table.ts"));
  const modules = await Promise.all(
    files.map((file) => import(pathToFileURL(resolve(file)).href) as Promise<object>),
  );
  return Object.fromEntries(modules.flatMap((module) => Object.entries(module)));
}

function snapshotName(index: number): string {
  return `${String(index).padStart(4, "0")}_snapshot.json`;
}
