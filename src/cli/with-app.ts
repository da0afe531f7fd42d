/** Commands that work on the database: an app that never listens, quiet, and closed at the end. */
import { type App, createApp } from "../app.js";
import { type Config, type Environment, readConfig } from "../platform/config.js";

/** Runs `work` on an app of this environment. Warnings and worse are logged. */
export async function withApp<T>(
  env: Environment,
  work: (app: App, config: Config) => Promise<T>,
): Promise<T> {
  const config = readConfig({ ...env, LOG_LEVEL: env["LOG_LEVEL"] ?? "warn" });
  const app = await createApp(config);
  try {
    return await work(app, config);
  } finally {
    await app.close();
  }
}
