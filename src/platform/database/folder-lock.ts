/** Two servers on one embedded database lose data: the second is refused, and the lock dies with its holder. */
import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { StartProblem } from "../start-problem.js";
import { lockByFile } from "./lock-file.js";

/**
 * Holds a folder for this process until the returned function is called or the process is dead, however it died.
 * On Linux the lock is a name that the kernel forgets with the process. It reaches as far as the network namespace:
 * two containers must not share the folder.
 * @throws {StartProblem} if another process, or this one, holds it already.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = await realpath(folder);
  const unlock = process.platform === "linux" ? await lockByName(path) : await lockByFile(path);
  if (unlock !== undefined) return unlock;
  throw new StartProblem(
    `Another server is using the data folder ${path}. Stop it first, or set DATA_DIR to another folder.`,
  );
}

async function lockByName(path: string): Promise<(() => Promise<void>) | undefined> {
  // The kernel keeps 107 bytes of a socket's name, so that a long path must be hashed.
  const name = `\0halyard:${createHash("sha256").update(path).digest("hex")}`;
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(server, name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return undefined;
    throw error;
  }
  server.unref();
  return async () => {
    server.close();
    await Promise.resolve();
  };
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path }, resolve);
  });
}
