/** A migrated embedded database to copy, made once per state of the migrations: opening a copy takes a quarter of a second. */
import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openInMemory } from "../../../src/platform/database/embedded.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Path of the dump. */
export async function migratedDump(): Promise<string> {
  const folder = join(root, "node_modules", ".cache", "halyard");
  const path = join(folder, `pglite-${await fingerprint()}.tar`);
  const isCached = await access(path).then(
    () => true,
    () => false,
  );
  if (isCached) return path;
  const database = await openInMemory();
  await database.migrate();
  const dump = await database.dump();
  await database.close();
  await mkdir(folder, { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, Buffer.from(await dump.arrayBuffer()));
  await rename(draft, path);
  return path;
}

/** Of the migrations and of PGlite itself. */
async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await readFile(createRequire(import.meta.url).resolve("@electric-sql/pglite")));
  const names = await readdir(join(root, "drizzle"));
  for (const name of names.filter((entry) => entry.endsWith(".sql")).sort()) {
    hash.update(name).update(await readFile(join(root, "drizzle", name)));
  }
  return hash.digest("hex").slice(0, 16);
}
