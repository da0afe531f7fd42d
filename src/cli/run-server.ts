/** Runs the server: first start, doors, welcome, and the end on a signal. */
import { randomUUID } from "node:crypto";
import { type App, createApp, type Overrides } from "../app.js";
import { systemCaller } from "../features/permissions/index.js";
import type { Config } from "../platform/config.js";
import { firstStart } from "./first-start.js";
import { print } from "./print.js";
import { seedDemo } from "./seed-demo.js";
import { addressLines, firstStartLines } from "./welcome.js";

const stopWithinMs = 25_000;

/** Resolves once the server listens; the process then lives until a signal. */
export async function runServer(config: Config, opened: Overrides, withDemo: boolean): Promise<void> {
  const app = await createApp(config, opened);
  try {
    const caller = systemCaller(randomUUID());
    const address = await app.listen(); // first: where it cannot listen, it makes no secrets that nobody would see
    const made = await firstStart(app.tools, caller, config);
    const added = withDemo ? await seedDemo(app.tools, caller) : [];
    stopOnSignals(app);
    if (config.tls !== undefined) renewOnSignal(app);
    print(
      ...addressLines(address, config.sandbox),
      ...(made === null ? [] : firstStartLines(made, address)),
      ...(added.length === 0 ? [] : [`  The demo's flags: ${added.join(", ")}`, ""]),
    );
  } catch (error) {
    await app.close();
    throw error;
  }
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

/** The first signal lets work under way finish; the second, or a close that takes too long, ends the process at once. */
function stopOnSignals(app: App): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    app.log.info({ signal }, "Stopping.");
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    app.close().then(
      () => app.log.info("Stopped."),
      (error: unknown) => {
        app.log.error({ err: error }, "Stopping failed.");
        process.exitCode = 1;
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
