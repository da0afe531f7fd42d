/** The server as it is shipped, built for the processes of one run: it starts in a third of the time that its sources take. */
import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { writeBlankCluster } from "../../../src/platform/database/blank-cluster.js";
import { cacheFolder, root } from "./cache-folder.js";

export interface BuiltServer {
  /** Path of its `dist/main.js`. */
  readonly main: string;
  readonly remove: () => Promise<void>;
}

/** What it reads beside `dist/`. */
const neighbours = ["package.json", "drizzle"];

/** Not in `dist/`, from which somebody may run a server. Below `node_modules`, so that it finds its packages. */
export async function buildServer(): Promise<BuiltServer> {
  await mkdir(cacheFolder, { recursive: true });
  const folder = await mkdtemp(join(cacheFolder, "server-"));
  const remove = async (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const dist = join(folder, "dist");
    for (const name of neighbours) await symlink(join(root, name), join(folder, name));
    await Promise.all([compile(dist), writeBlankCluster(cacheFolder)]);
    const clusters = (await readdir(cacheFolder)).filter((name) => /^blank-cluster-.*\.gz$/.test(name));
    for (const name of clusters) await symlink(join(cacheFolder, name), join(dist, name));
    return { main: join(dist, "main.js"), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Types are checked elsewhere (`npm run types`). */
async function compile(dist: string): Promise<void> {
  const compiler = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  const project = ["--project", join(root, "tsconfig.build.json"), "--outDir", dist, "--noCheck"];
  await promisify(execFile)(process.execPath, [join(compiler, "bin", "tsc"), ...project]);
  await access(join(dist, "main.js"));
}
