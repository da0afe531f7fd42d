/** A server in a process of its own that a test may pause, kill and start again at the same address. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** STOP and CONT pause it and let it go on; KILL leaves it no time for anything. */
export type Blow = "SIGSTOP" | "SIGCONT" | "SIGKILL";

export class OwnProcess {
  #child: ChildProcess | undefined;
  /** What it forked and stands still with it: nobody else would wake or end them. */
  #paused: readonly number[] = [];
  readonly #killAtExit = (): void => {
    this.#child?.kill("SIGKILL");
    for (const pid of this.#paused) strikeIfThere(pid, "SIGKILL");
  };

  /** `launch` starts it; `isReady` resolves once it can be used, and rejects when it ends before. */
  constructor(
    private readonly launch: () => ChildProcess,
    private readonly isReady: (child: ChildProcess) => Promise<void>,
  ) {}

  /** Starts it, also after it was killed or stopped. */
  async start(): Promise<void> {
    this.#child = this.launch();
    process.once("exit", this.#killAtExit);
    await this.isReady(this.#child);
  }

  /** Strikes the process and all that it forked. After SIGKILL, resolves once the last of them is gone. */
  async strike(blow: Blow): Promise<void> {
    const child = this.#running();
    if (child === undefined) return;
    const forked = await childrenOf(child.pid ?? 0);
    this.#paused = blow === "SIGSTOP" ? forked : [];
    const exited = once(child, "exit");
    child.kill(blow);
    for (const pid of forked) strikeIfThere(pid, blow);
    if (blow !== "SIGKILL") return;
    await exited;
    process.removeListener("exit", this.#killAtExit);
    for (const pid of forked) while (await isThere(pid)) await sleep(5);
  }

  /** Ends it in its own way, by the signal that asks for that. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    process.removeListener("exit", this.#killAtExit);
    const child = this.#running();
    if (child === undefined) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  #running(): ChildProcess | undefined {
    const child = this.#child;
    return child?.exitCode === null && child.signalCode === null ? child : undefined;
  }
}

/** Ids of the processes that `parent` forked, as Linux tells them; none where nobody tells. */
async function childrenOf(parent: number): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  const ids = names.map(Number).filter((id) => Number.isInteger(id));
  const parents = await Promise.all(ids.map(parentOf));
  return ids.filter((_, index) => parents[index] === parent);
}

async function parentOf(pid: number): Promise<number> {
  const { parent } = await statusOf(pid);
  return parent;
}

function strikeIfThere(pid: number, blow: Blow): void {
  try {
    process.kill(pid, blow);
  } catch {
    // gone already
  }
}

/** One that nobody has buried yet (state Z) is gone all the same. */
async function isThere(pid: number): Promise<boolean> {
  const { state } = await statusOf(pid);
  return state !== "" && state !== "Z";
}

/** Of the fields of /proc/<pid>/stat, those after the name, which may hold anything. */
async function statusOf(pid: number): Promise<{ readonly state: string; readonly parent: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [state = "", parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state, parent: Number(parent) };
}
