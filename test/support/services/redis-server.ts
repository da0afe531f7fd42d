/** A real Redis for the tests: the one in TEST_REDIS_URL, a redis-server on the PATH, or Docker, in this order. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { OwnProcess } from "./own-process.js";
import { freePort, type OwnService, type Service } from "./service.js";

const IMAGE = "redis:7-alpine";
const START_DEADLINE_MS = 15_000;
const run = promisify(execFile);

/** Undefined where there is none to be had. */
export async function startRedis(): Promise<Service | undefined> {
  const given = process.env["TEST_REDIS_URL"];
  if (given !== undefined && given !== "") return { url: given, stop: async () => {} };
  if (await works("redis-server", ["--version"])) return await startProcess();
  if (await works("docker", ["info"])) return await startContainer();
  return undefined;
}

async function works(command: string, values: string[]): Promise<boolean> {
  return await run(command, values, { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

/** One that a test may mistreat; undefined where there is no redis-server on the PATH. */
export async function startOwnRedis(): Promise<OwnService | undefined> {
  return (await works("redis-server", ["--version"])) ? await startProcess() : undefined;
}

async function startProcess(): Promise<OwnService> {
  const port = await freePort();
  const values = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const server = new OwnProcess(
    () => spawn("redis-server", values, { stdio: "ignore" }),
    async () => isReady(port),
  );
  await server.start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start: async () => server.start(),
    strike: async (blow) => server.strike(blow),
    stop: async () => server.stop("SIGKILL"),
  };
}

async function startContainer(): Promise<Service> {
  const port = await freePort();
  const { stdout } = await run("docker", ["run", "--rm", "-d", "-p", `127.0.0.1:${port}:6379`, IMAGE]);
  const container = stdout.trim();
  await isReady(port);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => void (await run("docker", ["rm", "--force", container])),
  };
}

async function isReady(port: number): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await answersPing(port))) {
    if (Date.now() > deadline) throw new Error("Redis did not start");
    await sleep(20);
  }
}

async function answersPing(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write("PING\r\n");
    await once(socket, "data", { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
