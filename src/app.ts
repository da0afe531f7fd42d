/** The composition root: a config becomes an app that listens and closes. */
import type { ServerTools } from "./api/graphql/context.js";
import { type Closers, type Doors, openDoors } from "./api/doors.js";
import { openParts, type Parts } from "./parts.js";
import type { Config } from "./platform/config.js";
import { isUnavailable, openDatabase, type OpenDatabase } from "./platform/database/index.js";
import { type Log, openLog } from "./platform/log.js";
import { loadSecretKeys } from "./platform/secret-key.js";
import { untilDone } from "./platform/until-done.js";

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
