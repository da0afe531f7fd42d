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
  readonly prevId: string;
  readonly tables: object;
}

/** What is used of drizzle-kit, whose own declarations do not compile beside zod 4. */
interface DrizzleKit {
  readonly generateDrizzleJson: (tables: object, previous: string) => Snapshot;
  readonly generateMigration: (from: Snapshot, to: Snapshot) => Promise<string[]>;
}

const { generateDrizzleJson, generateMigration } = drizzleKit as unknown as DrizzleKit;

const journal = JSON.parse(read("drizzle/meta/_journal.json")) as Journal;
const tags = journal.entries.map((entry) => entry.tag);

test("the tables need no migration that drizzle/ does not have", async () => {
  const stored = snapshot(journal.entries.length - 1);
  const declared = generateDrizzleJson(await tables(), stored.id);
  expect(Object.keys(declared.tables)).not.toEqual([]);
  const missing = await generateMigration(stored, declared);
  expect(missing, "run `npm run migrations:generate` and commit what it writes").toEqual([]);
});

test("every migration is in the journal, and every entry of the journal has its migration", () => {
  const files = readdirSync("drizzle").filter((file) => file.endsWith(".sql"));
  expect(files.sort()).toEqual(tags.map((tag) => `${tag}.sql`));
});

test("migrations follow one another: numbered without a gap, each snapshot building on the one before", () => {
  expect(tags.map((tag) => Number(tag.slice(0, 4)))).toEqual(tags.map((_, index) => index));
  const chain = tags.map((_, index) => snapshot(index));
  expect(chain.slice(1).map(({ prevId }) => prevId)).toEqual(chain.slice(0, -1).map(({ id }) => id));
});

async function tables(): Promise<object> {
  const files = typescriptFiles("src").filter((file) => file.endsWith(".table.ts"));
  const modules = await Promise.all(
    files.map((file) => import(pathToFileURL(resolve(file)).href) as Promise<object>),
  );
  return Object.fromEntries(modules.flatMap((module) => Object.entries(module)));
}

function snapshot(index: number): Snapshot {
  return JSON.parse(read(`drizzle/meta/${String(index).padStart(4, "0")}_snapshot.json`)) as Snapshot;
}
