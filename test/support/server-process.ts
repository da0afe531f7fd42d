/** A server in a process of its own, started by the command that users start it with. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { service } from "./services.js";

export interface ServerProcess {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Everything printed so far. */
  readonly output: () => string;
  readonly pid: number;
  /** Once it has ended; null: killed. */
  readonly exitCode: () => number | null | undefined;
  /** Resolves with the exit code (null: killed) once it is gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

/** Node's arguments up to those of `halyard`: built where a suite runs, from its sources for tools such as `npm run fuzz`. */
async function program(): Promise<readonly string[]> {
  if (process.env["VITEST"] !== undefined) return [(await service("built")).main];
  return ["--import", "tsx", fileURLToPath(new URL("../../src/main.ts", import.meta.url))];
}

/** Runs `halyard` to its end. */
export async function runHalyard(args: readonly string[], env: Record<string, string>): Promise<Finished> {
  const { child, output } = await launch(args, env);
  return { code: await exitOf(child), output: output() };
}

/** Starts `halyard serve` on a free port and waits until it is ready; rejects with its output when it ends before. */
export async function startServerProcess(
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<ServerProcess> {
  const { child, output } = await launch(["serve", ...args], { PORT: "0", ...env });
  const exited = exitOf(child);
  let exitCode: number | null | undefined;
  void exited.then((code) => {
    exitCode = code;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const address = /GraphQL +(https?:\S+)\/graphql/.exec(output())?.[1];
      if (address !== undefined) resolve(address);
    });
    void exited.then((code) => {
      reject(new Error(`The server ended with ${code}: ${output()}`));
    });
  });
  return {
    url,
    output,
    pid: child.pid ?? 0,
    exitCode: () => exitCode,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      return exited;
    },
  };
}

async function launch(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ child: ChildProcess; output: () => string }> {
  const child = spawn(process.execPath, [...(await program()), ...args], {
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  return { child, output: () => printed };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on("close", (code) => resolve(code)));
}
