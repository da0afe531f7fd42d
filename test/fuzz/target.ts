/** The server under test in a process of its own, and what can be seen of its health from outside. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServerProcess } from "../support/server-process.js";
import { judgeText } from "./judge.js";

export interface Target {
  readonly url: string;
  /** The secret of the first start whose name begins so: `management`, `client_development`. */
  readonly key: (name: string) => string;
  /** What is wrong with it at this moment, and how it has been since the last look. */
  readonly look: () => Promise<Health>;
  readonly stop: () => Promise<void>;
}

export interface Health {
  readonly mistakes: readonly string[];
  /** The longest that anything had to wait for the server's event loop, less what the server waited for a processor; milliseconds. */
  readonly lagMs: number;
  /** Resident, in bytes. */
  readonly memory: number;
}

const settings = {
  ...{ NODE_ENV: "development", LOG_LEVEL: "warn", LOG_FORMAT: "json", ALLOW_SIGNUP: "true" },
  ...{ RATE_LIMIT_EVALUATION: "0", RATE_LIMIT_MANAGEMENT: "0", RATE_LIMIT_SIGN_IN: "0" },
};

/** What a line of the server's output must not be: a warning of Node's, a logged bug, a promise that nobody awaited. */
const alarming = /\(node:\d+\)|Warning:|Unhandled|"level":(?:50|60)|Uncaught|FATAL/;

export async function startTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "halyard-fuzz-"));
  const server = await startServerProcess({ ...settings, DATA_DIR: folder });
  const waited = waitingOf(server.pid);
  let read = server.output().length;
  return {
    url: server.url,
    key: (name) => new RegExp(`hal_${name}_\\w+`).exec(server.output())?.[0] ?? "",
    look: async () => {
      const printed = server.output().slice(read);
      read += printed.length;
      const lines = printed.split("\n").filter((line) => alarming.test(line) || judgeText(line) !== null);
      const code = server.exitCode();
      if (code !== undefined) return { ...blind, mistakes: [`the process ended with ${code}`, ...lines] };
      return { ...(await measure(server.url, await waited())), mistakes: lines };
    },
    stop: async () => {
      await server.stop("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const blind = { lagMs: 0, memory: 0 };

/** From the server's own histogram of its event loop, which a look resets. */
async function measure(url: string, waitedMs: number): Promise<Omit<Health, "mistakes">> {
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  const figure = (name: string): number => Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1] ?? NaN);
  return {
    lagMs: Math.max(0, figure("nodejs_eventloop_lag_max_seconds") * 1_000 - waitedMs),
    memory: figure("process_resident_memory_bytes"),
  };
}

/** How long the process was ready to run since the last question, and was kept waiting for a processor; milliseconds. 0 where nobody tells. */
function waitingOf(pid: number): () => Promise<number> {
  let before = 0;
  return async () => {
    const text = await readFile(`/proc/${pid}/schedstat`, "utf8").catch(() => "");
    const total = Number(text.split(" ")[1] ?? 0) / 1e6;
    const since = total - before;
    before = total;
    return since;
  };
}
