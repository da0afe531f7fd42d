/** What an app is made of: every room with what it needs, and what has to be done while a server runs. */
import { join } from "node:path";
import { createBudgets } from "./api/budgets.js";
import type { ServerTools } from "./api/graphql/context.js";
import type { Closers } from "./api/doors.js";
import { createAccounts, recognise, totpSecrets } from "./features/accounts/index.js";
import { createAnalytics, keepAnalytics } from "./features/analytics/index.js";
import { createDelivery, type Delivery, type OnAnswered } from "./features/delivery/index.js";
import { contextProofSecrets, createDefaultEnvironments } from "./features/environments/index.js";
import {
  createResults,
  experimentsAskingForFlag,
  experimentsHolding,
  experimentsUsingSegment,
  keepExperiments,
  lockExperiments,
} from "./features/experiments/index.js";
import {
  demandsVersion,
  environmentsUsingSegment,
  flagUsersOfSegment,
  furnishEnvironment,
} from "./features/flags/index.js";
import { createCheckpointKeys, keepLedger, type KeepingTools } from "./features/ledger/index.js";
import { findProject, type HolderTools } from "./features/projects/index.js";
import { keepRollouts, rolloutsHolding } from "./features/rollouts/index.js";
import { createSecurityLog } from "./features/security/index.js";
import { auditRetentionDays } from "./features/settings/index.js";
import { emptyProject } from "./features/segments/index.js";
import { type KeepingOptions, type KeptParts, SharedSnapshot } from "./features/snapshots/index.js";
import { createTracking, keepTracking, revertMetricChange, unitSecrets } from "./features/tracking/index.js";
import { type Bus, openBus } from "./platform/bus/index.js";
import type { Cipher } from "./platform/cipher.js";
import type { Config } from "./platform/config.js";
import {
  countUnreadable,
  type Database,
  type OpenDatabase,
  type SecretColumn,
} from "./platform/database/index.js";
import { KeptFile } from "./platform/kept-file.js";
import type { Log } from "./platform/log.js";
import { type Metrics, openMetrics } from "./platform/metrics.js";
import { createSigner } from "./platform/signed-lines.js";
import { readVersion } from "./platform/version.js";

/** Everything that is stored encrypted. */
export const secretColumns: readonly SecretColumn[] = [totpSecrets, ...contextProofSecrets, ...unitSecrets];

/** What everything is built on. */
export interface Foundation {
  readonly config: Config;
  readonly log: Log;
  readonly now: () => number;
  readonly open: OpenDatabase;
  readonly secretKeys: readonly string[];
  readonly isPatient: boolean;
}

/** All that there is before anything was read. */
export interface Parts {
  readonly tools: ServerTools;
  readonly log: Log;
  readonly open: OpenDatabase;
  /** Brings the database up to date and reads everything. */
  readonly begin: () => Promise<void>;
  readonly doChores: () => { readonly close: () => Promise<void> };
}

/** What has flags under way, of whatever kind. */
const holding: HolderTools = {
  flagHolders: async (database, place) => [
    ...(await experimentsHolding(database, place)),
    ...(await rolloutsHolding(database, place)),
  ],
  flagAskers: experimentsAskingForFlag,
  lockHolders: lockExperiments,
};

/** What rooms ask of rooms that come after them. */
const asked = {
  ...holding,
  findProject,
  furnishProject: createDefaultEnvironments,
  emptyProject,
  demandsVersion,
  furnishEnvironment,
  flagUsers: flagUsersOfSegment,
  audienceUsers: experimentsUsingSegment,
  environmentsUsing: environmentsUsingSegment,
  revertMetric: revertMetricChange,
};

/** Nothing is read yet. What is opened is closed by the last of `closers` first. */
export async function openParts(foundation: Foundation, closers: Closers): Promise<Parts> {
  const { config, log, now, open, secretKeys } = foundation;
  const bus = await openBus(config, log, now);
  closers.push(bus.close);
  const { database } = open;
  const metrics = openMetrics();
  const accounts = openAccounts(foundation, { bus, metrics, delivery: () => delivery }, closers);
  const observers = openObservers(foundation, { metrics, cipher: accounts.cipher });
  const { analytics, tracking } = observers;
  closers.push(analytics.close, tracking.close);
  const delivery = createDelivery({
    ...{ database: open, bus, log, now, metrics, cipher: accounts.cipher },
    version: readVersion(),
    followers: [accounts.settings, accounts.directory],
    keeping: keepingOf(foundation, bus, { settings: accounts.settings, directory: accounts.directory }),
  });
  closers.push(delivery.close);
  const results = createResults({ database, log, metrics, now: delivery.now });
  closers.push(results.close);
  const { committed, admit, revision } = delivery;
  return {
    ...{ log, open },
    begin: async () => {
      await open.migrate();
      await tracking.start();
      await delivery.start();
      await reportUnreadable(database, log, accounts.cipher);
    },
    doChores: () => choresOf({ database, log, metrics, now, tracking, committed, admit }, secretKeys),
    tools: {
      ...accounts,
      ...observers,
      ...{ metrics, delivery, results, revision, admit },
      budgets: createBudgets({ limits: bus.limits, metrics }, config.rateLimits),
      recognise: (caller) => recognise(accounts, caller),
      ...asked,
    },
  };
}

/** Who may come in; `delivery` is asked once everything is open. */
function openAccounts(
  { config, log, now, open: { database }, secretKeys }: Foundation,
  { bus, metrics, delivery }: { bus: Bus; metrics: Metrics; delivery: () => Delivery },
  closers: Closers,
) {
  const security = createSecurityLog({ database, log, now });
  closers.push(async () => security.close());
  const accounts = createAccounts({
    ...{ database, now, log, secretKeys, security, metrics },
    allowSignup: config.allowSignup,
    limits: bus.limits,
    signInsPerMinute: config.rateLimits.signIn,
    committed: async (position) => delivery().committed(position),
    isCutOff: () => delivery().isCutOff(),
  });
  closers.push(async () => accounts.lastUse.close());
  return accounts;
}

/** Who is told of every answer. */
function openObservers(foundation: Foundation, { cipher, metrics }: Pick<ServerTools, "cipher" | "metrics">) {
  const { open, log, now } = foundation;
  const tools = { database: open.database, log, now, metrics, cipher };
  const analytics = createAnalytics(tools);
  const tracking = createTracking({ ...tools, spill: spillOf(foundation) });
  const answered: OnAnswered = (question, answers) => {
    analytics.count(question, answers);
    tracking.expose(question, answers);
  };
  return { analytics, tracking, answered };
}

function choresOf(
  tools: Omit<KeepingTools, "retentionDays" | "keys"> &
    Parameters<typeof keepAnalytics>[0] &
    Parameters<typeof keepTracking>[0] &
    Parameters<typeof keepExperiments>[0],
  secretKeys: readonly string[],
) {
  const keys = createCheckpointKeys(secretKeys);
  const ledger = keepLedger({ ...tools, keys, retentionDays: auditRetentionDays });
  const observing = [keepAnalytics(tools), keepTracking(tools)];
  const chores = [ledger, ...observing, keepExperiments(tools), keepRollouts(tools)];
  return { close: async () => void (await Promise.all(chores.map(async (chore) => chore.close()))) };
}

/** Host and name of the database that state is put away for; undefined: an embedded one is on the same disk anyway, and commands leave none behind. */
function keptFor({ config: { databaseUrl }, isPatient }: Foundation): string | undefined {
  if (databaseUrl === undefined || !isPatient) return undefined;
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}

function keepingOf(foundation: Foundation, { shared }: Bus, parts: KeptParts): KeepingOptions | undefined {
  const name = keptFor(foundation);
  if (name === undefined) return undefined;
  const { config, secretKeys } = foundation;
  const signer = createSigner(secretKeys, `snapshots of ${name}`); // another database's are as good as none
  const file = new KeptFile(join(config.dataDir, "snapshots"), signer);
  const handedOn = shared && new SharedSnapshot(shared, createSigner(secretKeys, "shared snapshots"));
  return { file, shared: handedOn, parts };
}

/** Where exposures wait while PostgreSQL is away. */
function spillOf(foundation: Foundation) {
  const name = keptFor(foundation);
  if (name === undefined) return undefined;
  const signer = createSigner(foundation.secretKeys, `exposures of ${name}`);
  return { folder: join(foundation.config.dataDir, "exposures"), signer };
}

/** A key that was taken away too early is missed at the start, and not only when somebody cannot sign in. */
async function reportUnreadable(database: Database, log: Log, { keyIds }: Cipher): Promise<void> {
  for (const unreadable of await countUnreadable(database, secretColumns, keyIds)) {
    log.error(
      unreadable,
      "What is stored cannot be read: put the key back into SECRET_KEY that encrypted it.",
    );
  }
}
