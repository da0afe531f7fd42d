/** An instance over a real database: a project, flags written through the use cases, callers whose rights can be taken away. */
import { experimentsUsingSegment } from "../../../src/features/experiments/experiment-holders.js";
import { openInProcessBus } from "../../../src/platform/bus/in-process.js";
import type { Bus } from "../../../src/platform/bus/index.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import type { Log } from "../../../src/platform/log.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { createCipher } from "../../../src/platform/cipher.js";
import { Problem } from "../../../src/platform/problems.js";
import { createDelivery, type Delivery, type DeliveryTools } from "../../../src/features/delivery/index.js";
import { createDefaultEnvironments } from "../../../src/features/environments/index.js";
import { createFlag, type CreateFlag } from "../../../src/features/flags/create-flag.js";
import {
  demandsVersion,
  environmentsUsingSegment,
  flagUsersOfSegment,
  furnishEnvironment,
} from "../../../src/features/flags/index.js";
import { setFlagEnabled } from "../../../src/features/flags/set-flag-enabled.js";
import type { Flag } from "../../../src/features/flags/flag.js";
import type { ApiKeyKind, Caller } from "../../../src/features/permissions/index.js";
import { createSecurityLog } from "../../../src/features/security/index.js";
import { createProject } from "../../../src/features/projects/index.js";
import { emptyProject } from "../../../src/features/segments/index.js";
import { revertMetricChange } from "../../../src/features/tracking/index.js";
import { freshDatabase } from "../../support/databases.js";
import { countListeners } from "../../support/listeners.js";
import { silentLog } from "../../support/silent-log.js";
import { adminCaller, holding, keyCaller } from "../../support/tools.js";

/** Reads the secrets of context proofs. */
export const cipher = createCipher(["c2VjcmV0LWtleS1vZi10aGUtdGVzdHMtb25seS0wMTIzNDU="]);

export const admin = adminCaller();

export interface Instance {
  readonly opened: OpenDatabase;
  readonly bus: Bus;
  readonly delivery: Delivery;
  readonly tools: DeliveryTools & ReturnType<typeof writingTools>;
  /** Statements that the database was given since the last look. */
  readonly statements: () => number;
  /** How many listen to the hub. */
  readonly listeners: () => number;
  /** Whoever is named here has lost every right. */
  readonly banned: Map<string, "REVOKED" | "UNVERIFIED">;
  readonly addFlag: (key: string, input?: Partial<CreateFlag>) => Promise<Flag>;
  readonly toggle: (flagKey: string, enabled: boolean, environment?: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface InstanceOptions {
  readonly opened?: OpenDatabase;
  readonly bus?: Bus;
  readonly log?: Log;
  readonly now?: () => number;
  readonly compareEveryMs?: number;
}

/** A started instance with the project `default`, which is made where it does not exist. */
export async function openInstance(options: InstanceOptions = {}): Promise<Instance> {
  let statements = 0;
  const opened = options.opened ?? (await freshDatabase("pglite", { onStatement: () => (statements += 1) }));
  const { log = silentLog, now = Date.now } = options;
  const bus = options.bus ?? openInProcessBus(log, now);
  const delivery = createDelivery({
    ...{ database: opened, bus, log, now, cipher, version: "1.2.3" },
    ...(options.compareEveryMs !== undefined && { compareEveryMs: options.compareEveryMs }),
    metrics: openMetrics(),
  });
  const banned = new Map<string, "REVOKED" | "UNVERIFIED">();
  const tools = {
    ...writingTools(opened, delivery),
    answered: () => undefined,
    recognise: recogniser(banned),
  };
  await delivery.start();
  if (!delivery.snapshots.hasProject("default")) await createProject(tools, admin, { key: "default" });
  return {
    opened,
    bus,
    delivery,
    tools,
    banned,
    listeners: countListeners(delivery),
    statements: () => {
      const seen = statements;
      statements = 0;
      return seen;
    },
    addFlag: async (key, input = {}) => createFlag(tools, admin, { key, ...input }),
    toggle: async (flagKey, enabled, environment = "staging") => {
      await setFlagEnabled(tools, admin, { flagKey, environment, enabled });
    },
    close: async () => {
      await tools.security.close();
      await delivery.close();
      await bus.close();
      if (options.opened === undefined) await opened.close();
    },
  };
}

function writingTools({ database }: OpenDatabase, delivery: Delivery) {
  return {
    security: createSecurityLog({ database, log: silentLog, now: delivery.now }),
    database,
    delivery,
    cipher,
    now: delivery.now,
    committed: delivery.committed,
    revision: delivery.revision,
    admit: delivery.admit,
    furnishProject: createDefaultEnvironments,
    emptyProject,
    demandsVersion,
    ...holding,
    furnishEnvironment,
    flagUsers: flagUsersOfSegment,
    audienceUsers: experimentsUsingSegment,
    environmentsUsing: environmentsUsingSegment,
    revertMetric: revertMetricChange,
  };
}

/** Takes every right away from the requests that are named, as a revoked key or session would be. */
function recogniser(banned: Instance["banned"]) {
  return (caller: Caller): Caller => {
    const reason = banned.get(caller.requestId);
    return reason === undefined ? caller : { ...caller, identity: { kind: "ANONYMOUS", reason } };
  };
}

/** A CLIENT or SERVER key of staging. */
export function evaluationKey(keyKind: ApiKeyKind, requestId = "key-request"): Caller {
  return { ...keyCaller({ keyKind, environment: "staging" }), requestId };
}

/** The code of the problem, and the paths it names. */
export function problemOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [error.code, ...(error.details.fields ?? []).map(({ path, message }) => `${path}: ${message}`)];
  }
  throw new Error("No problem was thrown.");
}

/** The next message of a stream within that time, or `silence`. A message that comes later is not lost: ask `pending` again. */
export class Listener<T extends object> {
  #pending: Promise<IteratorResult<T, undefined>> | undefined;
  readonly stream: AsyncIterator<T, undefined, undefined>;

  constructor(feed: AsyncIterable<T, undefined, undefined>) {
    this.stream = feed[Symbol.asyncIterator]();
  }

  async next(withinMs = 2_000): Promise<T | "silence" | "ended"> {
    this.#pending ??= this.stream.next();
    const silence = new Promise<"silence">((resolve) => {
      setTimeout(resolve, withinMs, "silence");
    });
    const result = await Promise.race([this.#pending, silence]);
    if (result === "silence") return result;
    this.#pending = undefined;
    return result.done === true ? "ended" : result.value;
  }

  /** The next message; fails without one. */
  async told(): Promise<T> {
    const message = await this.next();
    if (typeof message === "string") throw new Error(`There was ${message} where a message was due.`);
    return message;
  }

  async end(): Promise<void> {
    await this.stream.return?.();
  }
}
