/** The composition root: a config becomes an app that listens and closes. */
import { createBudgets } from "./api/budgets.js";
import type { ServerTools } from "./api/graphql/context.js";
import { type Closers, type Doors, openDoors } from "./api/doors.js";
import { createAccounts, recognise, totpSecrets } from "./features/accounts/index.js";
import { createDelivery } from "./features/delivery/index.js";
import { contextProofSecrets, createDefaultEnvironments } from "./features/environments/index.js";
import {
  demandsVersion,
  environmentsUsingSegment,
  flagUsersOfSegment,
  furnishEnvironment,
} from "./features/flags/index.js";
import { createCheckpointKeys, keepLedger } from "./features/ledger/index.js";
import { findProject } from "./features/projects/index.js";
import { createSecurityLog } from "./features/security/index.js";
import { auditRetentionDays } from "./features/settings/index.js";
import { emptyProject } from "./features/segments/index.js";
import { openBus } from "./platform/bus/index.js";
import type { Cipher } from "./platform/cipher.js";
import type { Config } from "./platform/config.js";
import {
  countUnreadable,
  type Database,
  openDatabase,
  type OpenDatabase,
  type SecretColumn,
} from "./platform/database/index.js";
import { type Log, openLog } from "./platform/log.js";
import { openMetrics } from "./platform/metrics.js";
import { loadSecretKeys } from "./platform/secret-key.js";
import { readVersion } from "./platform/version.js";

/** Everything that is stored encrypted. */
export const secretColumns: readonly SecretColumn[] = [totpSecrets, ...contextProofSecrets];

export interface App {
  readonly tools: ServerTools;
  readonly log: Log;
  /** Opens the doors; resolves with the address, such as `http://127.0.0.1:4000`. */
  readonly listen: () => Promise<string>;
  /** Takes a renewed certificate; see `Doors`. Nothing before `listen`. */
  readonly renewCertificate: () => void;
  /** Lets work under way finish, then closes everything. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/** What tests and tools may replace. */
export interface Overrides {
  readonly log?: Log;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** In the place of the one that the config names; closed with the app. */
  readonly database?: OpenDatabase | Promise<OpenDatabase>;
}

/** Opens the database (brought up to date), the bus and the snapshots. Throws StartProblem for what the operator must mend. */
export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const { log = openLog(config), now = Date.now } = overrides;
  const openOwn = async (): Promise<OpenDatabase> => overrides.database ?? openDatabase(config, log);
  const closers: Closers = [];
  let doors: Doors | undefined;
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const tools = await openTools({ config, log, now, openOwn }, closers);
    const listen = async (): Promise<string> => {
      doors = await openDoors(config, tools, log, closers);
      return doors.address;
    };
    return { tools, log, close, listen, renewCertificate: () => doors?.renewCertificate() };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Foundation {
  readonly config: Config;
  readonly log: Log;
  readonly now: () => number;
  readonly openOwn: () => Promise<OpenDatabase>;
}

async function openTools(foundation: Foundation, closers: Closers): Promise<ServerTools> {
  const { config, log, now } = foundation;
  const open = await foundation.openOwn();
  closers.push(open.close);
  await open.migrate();
  const secretKeys = await loadSecretKeys(config);
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
  const delivery = createDelivery({
    ...{ database: open, bus, log, now, metrics, cipher: accounts.cipher },
    version: readVersion(),
    followers: [accounts.settings, accounts.directory],
  });
  closers.push(delivery.close);
  await delivery.start();
  const keeping = {
    database,
    log,
    metrics,
    committed: delivery.committed,
    retentionDays: auditRetentionDays,
  };
  closers.push(keepLedger({ ...keeping, keys: createCheckpointKeys(secretKeys) }).close);
  await reportUnreadable(database, log, accounts.cipher);
  return {
    ...accounts,
    metrics,
    budgets: createBudgets({ limits: bus.limits, metrics }, config.rateLimits),
    findProject,
    delivery,
    recognise: (caller) => recognise(accounts, caller),
    revision: delivery.revision,
    admit: delivery.admit,
    furnishProject: createDefaultEnvironments,
    emptyProject,
    demandsVersion,
    furnishEnvironment,
    flagUsers: flagUsersOfSegment,
    environmentsUsing: environmentsUsingSegment,
  };
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
