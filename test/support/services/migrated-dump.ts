/** A migrated embedded database to copy, made once per state of the migrations: opening a copy takes a quarter of a second. */
import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type InMemoryDatabase, openInMemory } from "../../../src/platform/database/embedded.js";
import { cacheFolder, root } from "./cache-folder.js";

/** Path of the dump. */
export async function migratedDump(): Promise<string> {
  const path = join(cacheFolder, `pglite-${await fingerprint()}.tar`);
  const isCached = await access(path).then(
    () => true,
    () => false,
  );
  if (isCached) return path;
  const database = await openInMemory();
  await database.migrate();
  await dropTemplates(database);
  const dump = await database.dump();
  await database.close();
  await mkdir(cacheFolder, { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, Buffer.from(await dump.arrayBuffer()));
  await rename(draft, path);
  return path;
}

/** What new databases of a cluster are copied from. Nobody makes any in a copy, and without them it opens in half the time. */
async function dropTemplates({ database }: InMemoryDatabase): Promise<void> {
  await database.execute("update pg_database set datistemplate = false");
  for (const template of ["template0", "template1"]) await database.execute(`drop database ${template}`);
  await database.execute("checkpoint"); // a copy has nothing to recover
}

/** Of the migrations, of PGlite itself, and of this file. */
async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await readFile(fileURLToPath(import.meta.url)));
  hash.update(await readFile(createRequire(import.meta.url).resolve("@electric-sql/pglite")));
  const names = await readdir(join(root, "drizzle"));
  for (const name of names.filter((entry) => entry.endsWith(".sql")).sort()) {
    hash.update(name).update(await readFile(join(root, "drizzle", name)));
  }
  return hash.digest("hex").slice(0, 16);
}
