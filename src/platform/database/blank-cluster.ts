/** An empty database from the server's build: to make one takes seconds of pure computing, to unpack one does not. */
import { mkdirSync, writeFileSync } from "node:fs";
import { access, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { constants, gunzip, gzip } from "node:zlib";
import { PGlite } from "@electric-sql/pglite";

/** The unit of the tar format. */
const BLOCK = 512;
/** `dist/`, for a server that was built. */
const buildFolder = fileURLToPath(new URL("../..", import.meta.url));

/** The build's last step; does nothing when it was done before. */
export async function writeBlankCluster(folder = buildFolder): Promise<void> {
  const path = await packedPath(folder);
  if (await exists(path)) return;
  const pglite = new PGlite();
  await pglite.exec("checkpoint"); // so that its first start has nothing to recover
  const dump = await pglite.dumpDataDir("none");
  await pglite.close();
  const packed = await promisify(gzip)(await dump.arrayBuffer(), { level: constants.Z_BEST_SPEED });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, packed);
  await rename(draft, path);
}

/** Unpacks an empty database to `place`. False where there is none to unpack, because the server runs from its sources. */
export async function unpackBlankCluster(place: string, folder = buildFolder): Promise<boolean> {
  const path = await packedPath(folder);
  if (!(await exists(path))) return false;
  mkdirSync(place, { mode: 0o700 });
  const tar = await promisify(gunzip)(await readFile(path));
  const text = (start: number, length: number): string =>
    tar.toString("latin1", start, start + length).replace(/\0.*/s, "");
  let header = 0;
  while (tar[header]) {
    const target = join(place, text(header, 100));
    const size = Number.parseInt(text(header + 124, 12), 8);
    const start = header + BLOCK;
    // Nothing else runs at a first start, and a thousand small files are written faster without taking turns.
    if (text(header + 156, 1) === "5") mkdirSync(target, { mode: 0o700 });
    else writeFileSync(target, tar.subarray(start, start + size), { mode: 0o600 });
    header = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return true;
}

/** For one version of PGlite: another may not be able to read it. */
async function packedPath(folder: string): Promise<string> {
  const manifest = join(createRequire(import.meta.url).resolve("@electric-sql/pglite"), "../../package.json");
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  return join(folder, `blank-cluster-${version}.tar.gz`);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
