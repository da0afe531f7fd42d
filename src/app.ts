/** The composition root: a config becomes an app that listens and closes. */
import { join } from "node:path";
import { createBudgets } from "./api/budgets.js";
import type { ServerTools } from "./api/graphql/context.js";
import { type Closers, type Doors, openDoors } from "./api/doors.js";
import { createAccounts, recognise, totpSecrets } from "./features/accounts/index.js";
import { createAnalytics, keepAnalytics } from "./features/analytics/index.js";
import { createDelivery, type OnAnswered } from "./features/delivery/index.js";
import { contextProofSecrets, createDefaultEnvironments } from "./features/environments/index.js";
import { createResults, keepExperiments } from "./features/experiments/index.js";
import {
  demandsVersion,
  environmentsUsingSegment,
  flagUsersOfSegment,
  furnishEnvironment,
} from "./features/flags/index.js";
import { createCheckpointKeys, keepLedger, type KeepingTools } from "./features/ledger/index.js";
import { findProject } from "./features/projects/index.js";
import { keepRollouts } from "./features/rollouts/index.js";
import { createSecurityLog } from "./features/security/index.js";
import { auditRetentionDays } from "./features/settings/index.js";
import { emptyProject } from "./features/segments/index.js";
import { type KeepingOptions, type KeptParts, SharedSnapshot } from "./features/snapshots/index.js";
import { createTracking, keepTracking, unitSecrets } from "./features/tracking/index.js";
import { type Bus, openBus } from "./platform/bus/index.js";
import type { Cipher } from "./platform/cipher.js";
import type { Config } from "./platform/config.js";
import {
  countUnreadable,
  type Database,
  isUnavailable,
  openDatabase,
  type OpenDatabase,
  type SecretColumn,
} from "./platform/database/index.js";
import { KeptFile } from "./platform/kept-file.js";
import { type Log, openLog } from "./platform/log.js";
import { openMetrics } from "./platform/metrics.js";
import { loadSecretKeys } from "./platform/secret-key.js";
import { createSigner } from "./platform/signed-lines.js";
import { untilDone } from "./platform/until-done.js";
import { readVersion } from "./platform/version.js";

/** Everything that is stored encrypted. */
export const secretColumns: readonly SecretColumn[] = [totpSecrets, ...contextProofSecrets, ...unitSecrets];

export interface App {
  readonly tools: ServerTools;
  readonly log: Log;
  /** Opens the doors; resolves with the address, such as `http://127.0.0.1:4000`. */
  readonly listen: () => Promise<string>;
  /** True once the database was brought up to date and everything was read, which was awaited unless the app is patient; false: closed before that. */
  readonly whole: Promise<boolean>;
  /** Whether it answers without the database at present, because that was away at the start. */
  readonly isAlone: () => boolean;
  /** Takes a renewed certificate; see `Doors`. Nothing before `listen`. */
  readonly renewCertificate: () => void;
  /** Lets work under way finish, then closes everything. Safe to call twice: both resolve once all is closed. */
  readonly close: () => Promise<void>;
}

/** What tests and tools may replace. */
export interface Overrides {
  readonly log?: Log;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** In the place of the one that the config names; closed with the app. */
  readonly database?: OpenDatabase | Promise<OpenDatabase>;
  /** Begins also while PostgreSQL is away, from what was put away; and puts state away. For servers, not for commands. */
  readonly isPatient?: boolean;
}

/** Opens the database (brought up to date), the bus and the snapshots. Throws StartProblem for what the operator must mend. */
export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const { log = openLog(config), now = Date.now, isPatient = false } = overrides;
  const closers: Closers = [];
  let doors: Doors | undefined;
  let isClosed = false;
  let closing = Promise.resolve();
  const close = async (): Promise<void> => {
    isClosed = true;
    closing = closing.then(async () => {
      for (const closer of closers.splice(0).reverse()) await closer();
    });
    return closing;
  };
  const opening = Promise.resolve(overrides.database ?? openDatabase(config, log, { mayBeAway: isPatient }));
  closers.push(async () => opening.then(async (opened) => opened.close()).catch(() => undefined));
  try {
    const secretKeys = await loadSecretKeys(config);
    const open = await opening;
    const parts = await openParts({ config, log, now, open, secretKeys, isPatient }, closers);
    const { tools } = parts;
    let isAlone = true;
    const begin = async (): Promise<void> => {
      await parts.begin();
      isAlone = false;
      if (!isClosed) closers.push(parts.doChores().close);
    };
    const { whole } = await (isPatient ? beginPatiently(begin, parts, closers) : beginNow(begin));
    const listen = async (): Promise<string> => {
      doors = await openDoors(config, tools, log, closers);
      return doors.address;
    };
    const renewCertificate = (): void => doors?.renewCertificate();
    return { tools, log, close, listen, renewCertificate, whole, isAlone: () => isAlone };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Foundation {
  readonly config: Config;
  readonly log: Log;
  readonly now: () => number;
  readonly open: OpenDatabase;
  readonly secretKeys: readonly string[];
  readonly isPatient: boolean;
}

/** All that there is before anything was read. */
interface Parts {
  readonly tools: ServerTools;
  readonly log: Log;
  readonly open: OpenDatabase;
  /** Brings the database up to date and reads everything. */
  readonly begin: () => Promise<void>;
  readonly doChores: () => { readonly close: () => Promise<void> };
}

/** When everything was read: see `App.whole`. */
interface Begun {
  readonly whole: Promise<boolean>;
}

const tryAgainMs = 1_000;

async function beginNow(begin: () => Promise<void>): Promise<Begun> {
  await begin();
  return { whole: Promise.resolve(true) };
}

/** Resolves once there is something to answer by, or it is known that there is nothing yet. */
async function beginPatiently(
  begin: () => Promise<void>,
  { tools, log, open }: Parts,
  closers: Closers,
): Promise<Begun> {
  try {
    if (open.answered) return await beginNow(begin);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
  }
  const goesOn = await tools.delivery.startAway();
  log.warn(
    goesOn
      ? "PostgreSQL does not answer: evaluations go on by what was put away, everything else waits for it."
      : "PostgreSQL does not answer, and nothing was put away to go on by: everything waits for it.",
  );
  const failed = (err: unknown): void => log.warn({ err }, "PostgreSQL cannot be used yet.");
  const trying = untilDone(begin, { everyMs: tryAgainMs, failed });
  closers.push(async () => Promise.resolve(trying.stop()));
  return { whole: trying.done };
}

/** What rooms ask of rooms that come after them. */
const asked = {
  findProject,
  furnishProject: createDefaultEnvironments,
  emptyProject,
  demandsVersion,
  furnishEnvironment,
  flagUsers: flagUsersOfSegment,
  environmentsUsing: environmentsUsingSegment,
};

async function openParts(foundation: Foundation, closers: Closers): Promise<Parts> {
  const { config, log, now, open, secretKeys } = foundation;
  const bus = await openBus(config, log, now);
  closers.push(bus.close);
  const { database } = open;
  const metrics = openMetrics();
  const security = createSecurityLog({ database, log, now });
  closers.push(async () => security.close());
  const accounts = createAccounts({
    ...{ database, now, log, secretKeys, security, metrics },
    allowSignup: config.allowSignup,
    limits: bus.limits,
    signInsPerMinute: config.rateLimits.signIn,
    committed: async (position) => delivery.committed(position),
    isCutOff: () => delivery.isCutOff(),
  });
  closers.push(async () => accounts.lastUse.close());
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
  const begin = async (): Promise<void> => {
    await open.migrate();
    await tracking.start();
    await delivery.start();
    await reportUnreadable(database, log, accounts.cipher);
  };
  const chores = {
    database,
    log,
    metrics,
    now,
    tracking,
    committed: delivery.committed,
    admit: delivery.admit,
  };
  const doChores = () => choresOf(chores, secretKeys);
  const tools: ServerTools = {
    ...accounts,
    metrics,
    budgets: createBudgets({ limits: bus.limits, metrics }, config.rateLimits),
    delivery,
    results,
    ...observers,
    recognise: (caller) => recognise(accounts, caller),
    revision: delivery.revision,
    admit: delivery.admit,
    ...asked,
  };
  return { tools, log, open, begin, doChores };
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
