/** One server process of the installation, behind lines of its own to PostgreSQL and Redis, always at the same address. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../support/services/service.js";
import type { TcpProxy } from "../../support/tcp-proxy.js";

export interface ServerOptions {
  readonly name: string;
  readonly folder: string;
  /** The built program. */
  readonly main: string;
  readonly postgres: TcpProxy;
  readonly redis: TcpProxy;
  readonly settings: Readonly<Record<string, string>>;
}

/** What its clients know of a server. */
export type Reachable = Pick<Server, "name" | "url" | "isUp">;

const startWithinMs = 60_000;
const restartAfterMs = 500;

/** What a line of the output must not be: a logged bug, a promise that nobody awaited, a warning of Node's. */
const alarming =
  /failed unexpectedly|A listener of the|Stopping failed|"level":60|Unhandled|Uncaught|FATAL|\(node:\d+\)/;

export class Server {
  readonly name: string;
  readonly url: string;
  readonly postgres: TcpProxy;
  readonly redis: TcpProxy;
  /** Ends that nobody asked for, and lines of the output that tell of a bug. */
  readonly mistakes: string[] = [];
  /** Starts that failed while something was missing, and were tried again. */
  failedStarts = 0;
  /** Rises whenever it goes down: who asked across a change was not served by a living server. */
  downs = 0;
  #up = false;
  #ending = true;
  #output = "";
  #child: ChildProcess | undefined;

  private constructor(
    private readonly options: ServerOptions,
    private readonly dataFolder: string,
    readonly port: number,
  ) {
    this.name = options.name;
    this.postgres = options.postgres;
    this.redis = options.redis;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Not started yet. */
  static async make(options: ServerOptions): Promise<Server> {
    const dataFolder = await mkdtemp(join(options.folder, `${options.name}-`));
    return new Server(options, dataFolder, await freePort());
  }

  /** Whether it is started, not stopped by a signal, and nobody is about to end it. */
  get isUp(): boolean {
    return this.#up;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves once it is ready. As its supervisor would, starts it again when the start fails; gives up after a minute. */
  async start(): Promise<void> {
    const deadline = performance.now() + startWithinMs;
    while (!(await this.#startOnce(deadline))) {
      this.failedStarts += 1;
      if (performance.now() > deadline)
        throw new Error(`${this.name} does not start:\n${this.#output.slice(-4_000)}`);
      await sleep(restartAfterMs);
    }
    this.#up = true;
  }

  /** SIGKILL and SIGTERM: resolves with the exit code once it is gone. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    this.#ending = true;
    this.#goDown();
    const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
    if (signal === "SIGKILL") child.kill("SIGCONT");
    child.kill(signal);
    return closed;
  }

  pause(): void {
    this.#goDown();
    this.#child?.kill("SIGSTOP");
  }

  goOn(): void {
    this.#child?.kill("SIGCONT");
    this.#up = true;
  }

  #goDown(): void {
    this.#up = false;
    this.downs += 1;
  }

  async #startOnce(deadline: number): Promise<boolean> {
    const { main, settings } = this.options;
    const child = spawn(process.execPath, ["--inspect=127.0.0.1:0", main, "serve"], {
      cwd: this.dataFolder,
      env: {
        PATH: process.env["PATH"] ?? "",
        DATA_DIR: this.dataFolder,
        PORT: String(this.port),
        ...settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const killAtExit = (): void => void child.kill("SIGKILL");
    process.once("exit", killAtExit);
    this.#child = child;
    this.#ending = false;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => this.#heard(chunk));
    child.once("close", (code) => {
      process.removeListener("exit", killAtExit);
      if (!this.#up || this.#ending) return;
      this.mistakes.push(`${this.name} ended by itself with ${code}:\n${this.#output.slice(-2_000)}`);
      this.#goDown();
    });
    while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
      if (await this.#isReady()) return true;
      await sleep(50);
    }
    return false;
  }

  #heard(chunk: Buffer): void {
    const text = chunk.toString();
    this.#output = `${this.#output}${text}`.slice(-4_000_000);
    for (const line of text.split("\n")) {
      if (alarming.test(line)) this.mistakes.push(`${this.name} logged: ${line.slice(0, 2_000)}`);
    }
  }

  async #isReady(): Promise<boolean> {
    const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(1_000) }).catch(
      () => null,
    );
    await response?.arrayBuffer();
    return response?.status === 200;
  }
}
