/** Runs the server: first start, doors, welcome, and the end on a signal. */
import { randomUUID } from "node:crypto";
import { type App, createApp, type Overrides } from "../app.js";
import { systemCaller } from "../features/permissions/index.js";
import type { Config } from "../platform/config.js";
import { untilDone } from "../platform/until-done.js";
import { firstStart } from "./first-start.js";
import { print } from "./print.js";
import { seedDemo } from "./seed-demo.js";
import { addressLines, createSecretPrinter, tipLines } from "./welcome.js";

const stopWithinMs = 25_000;
const tryAgainMs = 1_000;

/** Resolves once the server listens; the process then lives until a signal. While PostgreSQL is away, the first start waits for it. */
export async function runServer(config: Config, opened: Overrides, withDemo: boolean): Promise<void> {
  const app = await createApp(config, opened);
  const underWay: { work: Promise<unknown> } = { work: Promise.resolve() };
  try {
    const address = await app.listen(); // first: where it cannot listen, it makes no secrets that nobody would see
    stopOnSignals(app, underWay);
    if (config.tls !== undefined) renewOnSignal(app);
    const settle = async (): Promise<readonly string[]> => {
      const work = settleIn(app, config, address, withDemo);
      underWay.work = work;
      return work;
    };
    if (app.isAlone()) {
      print(...addressLines(address, config.sandbox, true));
      void settleLater(app, settle);
    } else {
      const lines = await settle();
      print(...addressLines(address, config.sandbox), ...lines);
    }
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** The first start and the demo. Secrets are shown as soon as they are kept; gives what is to be said besides. */
async function settleIn(
  { tools }: App,
  config: Config,
  address: string,
  withDemo: boolean,
): Promise<readonly string[]> {
  const caller = systemCaller(randomUUID());
  const made = await firstStart(tools, caller, config, createSecretPrinter());
  const added = withDemo ? await seedDemo(tools, caller) : [];
  return [
    ...(made === null ? [] : tipLines(made, address)),
    ...(added.length === 0 ? [] : [`  The demo's flags: ${added.join(", ")}`, ""]),
  ];
}

/** Once the database is there; again while it is lost meanwhile. */
async function settleLater(app: App, settle: () => Promise<readonly string[]>): Promise<void> {
  if (!(await app.whole)) return;
  const failed = (err: unknown): void => app.log.error({ err }, "The first start could not be finished yet.");
  const work = async (): Promise<void> => print("  PostgreSQL is there.", ...(await settle()));
  await untilDone(work, { everyMs: tryAgainMs, failed }).done;
}

/** SIGHUP: the files of the certificate are read anew. What does not work leaves the server with the one it has. */
function renewOnSignal(app: App): void {
  process.on("SIGHUP", () => {
    try {
      app.renewCertificate();
      app.log.info("The certificate was read anew.");
    } catch (error) {
      app.log.error({ err: error }, "The certificate could not be read anew; the old one stays.");
    }
  });
}

/**
 * The first signal lets work under way finish, the first start before the doors are closed, and then ends the process, whatever timers it has left;
 * the second, or a close that takes too long, ends it at once.
 */
function stopOnSignals(app: App, underWay: { readonly work: Promise<unknown> }): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    app.log.info({ signal }, "Stopping.");
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    const settled = underWay.work.catch(() => undefined); // whoever waits for it hears of it
    const stopped = settled.then(app.close).then(
      () => app.log.info("Stopped."),
      (error: unknown) => {
        app.log.error({ err: error }, "Stopping failed.");
        process.exitCode = 1;
      },
    );
    void stopped.then(() => process.stdout.write("", () => process.exit())); // once everything before it was printed
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
