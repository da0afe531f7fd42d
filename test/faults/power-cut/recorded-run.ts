/** A life of the product on the embedded database, recorded: first start, changes of all sorts by several at once, an end, a second run. */
import { sql } from "drizzle-orm";
import { join } from "node:path";
import { type App, createApp } from "../../../src/app.js";
import { firstStart } from "../../../src/cli/first-start.js";
import { createUser } from "../../../src/features/accounts/create-user.js";
import { createApiKey } from "../../../src/features/accounts/index.js";
import { revokeApiKey } from "../../../src/features/accounts/revoke-api-key.js";
import { createEnvironment } from "../../../src/features/environments/create-environment.js";
import { rotateContextProofSecret } from "../../../src/features/environments/rotate-context-proof-secret.js";
import { createFlag } from "../../../src/features/flags/index.js";
import { deleteFlag } from "../../../src/features/flags/delete-flag.js";
import { killFlag } from "../../../src/features/flags/kill-flag.js";
import { setFlagEnabled } from "../../../src/features/flags/set-flag-enabled.js";
import { setRollout } from "../../../src/features/flags/set-rollout.js";
import { updateFlag } from "../../../src/features/flags/update-flag.js";
import { systemCaller } from "../../../src/features/permissions/index.js";
import { createProject } from "../../../src/features/projects/index.js";
import { deleteProject } from "../../../src/features/projects/delete-project.js";
import { changeSegmentMembers } from "../../../src/features/segments/change-segment-members.js";
import { createSegment } from "../../../src/features/segments/index.js";
import { type Config, readConfig } from "../../../src/platform/config.js";
import { openDatabase } from "../../../src/platform/database/index.js";
import { Random } from "../../fuzz/random.js";
import { password } from "../../support/instance.js";
import { silentLog } from "../../support/silent-log.js";
import type { Acknowledged } from "./journal.js";
import { startRecorder, type Recorder } from "./recorder.js";

export type Recording = Pick<Recorder, "journal">;

/** What a life is to hold. */
export interface Life {
  readonly seed: number;
  /** Changes in each of the two runs. */
  readonly changes: number;
}

const writers = 3;

/** The settings of every start, recorded or after a power cut; `folder` is what the disk holds, the data folder lies below it. */
export function configOf(folder: string): Config {
  return readConfig({
    ...{ NODE_ENV: "test", PORT: "0", DATA_DIR: join(folder, "data") },
    ADMIN_PASSWORD: password,
  });
}

/** Records in `folder`, which exists and is empty. */
export async function recordRun(folder: string, { seed, changes }: Life): Promise<Recording> {
  const recorder = await startRecorder(folder);
  try {
    for (const run of ["first", "second"]) await live(folder, recorder, { seed, changes, run });
    recorder.add({ kind: "phase", name: "after all" });
  } finally {
    recorder.stop();
  }
  return { journal: recorder.journal };
}

async function live(
  folder: string,
  recorder: Recorder,
  life: Life & { readonly run: string },
): Promise<void> {
  const { run, seed, changes } = life;
  const phase = (name: string): void => recorder.add({ kind: "phase", name: `${run} run: ${name}` });
  const config = configOf(folder);
  phase("database");
  const database = await openDatabase(config, silentLog);
  phase("start");
  const app = await createApp(config, { log: silentLog, database });
  const starter = `${run}-start`;
  const made = await firstStart(app.tools, systemCaller(starter), config);
  if (made !== null) recorder.add({ kind: "acknowledge", promise: { requestId: starter, ...readTo(app) } });
  phase("changes");
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const one = new Writer(app, recorder, `${run}-${writer}`, new Random(seed, writer));
      for (let left = Math.ceil(changes / writers); left > 0; left -= 1) await one.change();
    }),
  );
  phase("end");
  await app.close();
}

function readTo(app: App): Pick<Acknowledged, "seq"> {
  return { seq: Number(app.tools.revision().split(".")[1]) };
}

/** One of several who change things at once, each things of its own. */
class Writer {
  readonly #flags = new Map<string, boolean>();
  readonly #segments: string[] = [];
  readonly #keys: string[] = [];
  readonly #projects: string[] = [];
  #done = 0;

  constructor(
    private readonly app: App,
    private readonly recorder: Recorder,
    private readonly name: string,
    private readonly random: Random,
  ) {}

  /** Makes one change, and what belongs to the database rather than to the product now and then. */
  async change(): Promise<void> {
    this.#done += 1;
    const requestId = `${this.name}-${this.#done}`;
    const flag = await this.#draw(requestId);
    const promise = { requestId, ...readTo(this.app), ...(flag === undefined ? {} : { flag }) };
    this.recorder.add({ kind: "acknowledge", promise });
    if (this.#done % 8 === 0) await this.app.tools.database.execute(sql`checkpoint`);
    if (this.#done % 20 === 10) await this.app.tools.database.execute(sql`select pg_switch_wal()`);
    if (this.#done % 25 === 20) await this.app.tools.database.execute(sql`vacuum`);
  }

  async #draw(requestId: string): Promise<Acknowledged["flag"] | undefined> {
    const [first] = this.#flags.keys();
    if (first === undefined || this.random.chance(0.2)) return this.#makeFlag(requestId);
    if (this.random.chance(0.55)) return this.#changeFlag(requestId);
    await this.random.weighed([
      [3, async () => this.#changeSegment(requestId)],
      [2, async () => this.#changeKeys(requestId)],
      [1, async () => this.#changeProjects(requestId)],
      [1, async () => this.#addUser(requestId)],
    ])();
    return undefined;
  }

  async #makeFlag(requestId: string): Promise<Acknowledged["flag"]> {
    const key = `flag-${requestId}`;
    const description = "x".repeat(this.random.below(1_500));
    const { version } = await createFlag(this.app.tools, systemCaller(requestId), { key, description });
    this.#flags.set(key, false);
    return { key, version };
  }

  async #changeFlag(requestId: string): Promise<Acknowledged["flag"]> {
    const [tools, caller] = [this.app.tools, systemCaller(requestId)];
    const key = this.random.pick([...this.#flags.keys()]);
    const enabled = this.#flags.get(key) !== true;
    const place = { flagKey: key, environment: "development" };
    const change = this.random.pick(["update", "enable", "rollout", "kill", "delete"] as const);
    switch (change) {
      case "update": {
        const description = `${requestId} ${"y".repeat(this.random.below(1_500))}`;
        const { version } = await updateFlag(tools, caller, { flagKey: key, description });
        return { key, version };
      }
      case "enable":
        await setFlagEnabled(tools, caller, { ...place, enabled });
        this.#flags.set(key, enabled);
        break;
      case "rollout":
        await setRollout(tools, caller, {
          ...place,
          percent: this.random.between(1, 99) + this.#done / 1_000,
        });
        break;
      case "kill":
        if (enabled) return this.#makeFlag(requestId);
        await killFlag(tools, caller, { flagKey: key });
        this.#flags.set(key, false);
        break;
      case "delete":
        await deleteFlag(tools, caller, { flagKey: key });
        this.#flags.delete(key);
    }
    return undefined;
  }

  async #changeSegment(requestId: string): Promise<void> {
    const [tools, caller] = [this.app.tools, systemCaller(requestId)];
    const add = this.random.list(this.random.between(1, 300), (index) => `${requestId}-user-${index}`);
    const [segment] = this.#segments;
    if (segment !== undefined && this.random.chance(0.7)) {
      await changeSegmentMembers(tools, caller, { segment, add });
      return;
    }
    await createSegment(tools, caller, { key: `segment-${requestId}`, included: add });
    this.#segments.push(`segment-${requestId}`);
  }

  async #changeKeys(requestId: string): Promise<void> {
    const [tools, caller] = [this.app.tools, systemCaller(requestId)];
    const id = this.random.chance(0.4) ? this.#keys.pop() : undefined;
    if (id !== undefined) {
      await revokeApiKey(tools, caller, { id });
      return;
    }
    const place = { project: "default", environment: "development" };
    const { apiKey } = await createApiKey(tools, caller, { name: requestId, kind: "SERVER", ...place });
    this.#keys.push(apiKey.id);
  }

  async #changeProjects(requestId: string): Promise<void> {
    const [tools, caller] = [this.app.tools, systemCaller(requestId)];
    const project = this.random.chance(0.5) ? this.#projects.pop() : undefined;
    const key = `place-${requestId}`;
    if (project !== undefined) await deleteProject(tools, caller, { project });
    else if (this.random.chance(0.3)) await createEnvironment(tools, caller, { key });
    else if (this.random.chance(0.5)) {
      await rotateContextProofSecret(tools, caller, { environment: "development" }); // encrypted with the file's key
    } else {
      await createProject(tools, caller, { key });
      this.#projects.push(key);
    }
  }

  async #addUser(requestId: string): Promise<void> {
    const email = `${requestId}@example.com`;
    await createUser(this.app.tools, systemCaller(requestId), { email, password });
  }
}
