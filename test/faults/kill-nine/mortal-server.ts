/** `halyard serve`, which may be killed at any moment, also before it is ready, and is then started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface MortalServerOptions {
  /** Node's arguments up to the program: `["dist/main.js"]`. */
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export class MortalServer {
  #child: ChildProcess | undefined;
  #output = "";
  #isReady = false;

  constructor(private readonly options: MortalServerOptions) {}

  /** Where it listens; rejects if it ends before, unless it was killed: then undefined. */
  async start(): Promise<string | undefined> {
    const { program, env } = this.options;
    const child = spawn(process.execPath, [...program, "serve"], {
      env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test", PORT: "0", LOG_LEVEL: "warn", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#output = "";
    this.#isReady = false;
    return await new Promise<string | undefined>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
          this.#output += chunk.toString();
          const url = /GraphQL +(http:\S+)\/graphql/.exec(this.#output)?.[1];
          this.#isReady = url !== undefined;
          if (url !== undefined) resolve(url);
        });
      }
      child.once("close", (code, signal) => {
        if (signal === "SIGKILL") resolve(undefined);
        else reject(new Error(`The server ended with ${code ?? signal}:\n${this.#output}`));
      });
    });
  }

  /** Everything printed since it was started last. */
  get output(): string {
    return this.#output;
  }

  /** Whether it has said where it listens. */
  get isReady(): boolean {
    return this.#isReady;
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }
}
