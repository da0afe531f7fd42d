/** A whole server in this process, with its real doors on a free port, and a client for them. */
import { createApp, type App } from "../../src/app.js";
import { firstStart, type FirstStart } from "../../src/cli/first-start.js";
import { ApiKeyKind, systemCaller } from "../../src/features/permissions/index.js";
import { type Config, readConfig } from "../../src/platform/config.js";
import { type DatabaseKind, freshDatabase } from "./databases.js";
import { type Answer, askGraphQL } from "./graphql-client.js";
import { silentLog } from "./silent-log.js";

export interface TestServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly app: App;
  readonly config: Config;
  /** Secrets of the first start. */
  readonly made: FirstStart;
  /** The secret of a key of the first start; `management` is an ADMIN of the whole server. */
  readonly key: (kind: ApiKeyKind, environment?: string) => string;
  /** Sends one operation; `credential` is the management key's unless given, null sends none. */
  readonly graphql: <Data = Record<string, unknown>>(
    query: string,
    variables?: Readonly<Record<string, unknown>>,
    credential?: string | null,
  ) => Promise<Answer<Data>>;
  readonly close: () => Promise<void>;
}

export const testSecretKey = "Pq8vZ2nX5bL1mK7cR4tY9wE3aS6dF0gH-test";

/** Starts a server on a fresh database, first start included. `env` overrides settings; `now` is its clock, in epoch milliseconds. */
export async function startServer(
  kind: DatabaseKind = "pglite",
  env: Readonly<Record<string, string>> = {},
  now: () => number = Date.now,
): Promise<TestServer> {
  const config = readConfig({ NODE_ENV: "test", PORT: "0", SECRET_KEY: testSecretKey, ...env });
  const app = await createApp(config, { log: silentLog, now, database: await freshDatabase(kind) });
  const made = await firstStart(app.tools, systemCaller("first-start"), config);
  if (made === null) throw new Error("A fresh database is a first start.");
  const url = await app.listen();
  const key = (wanted: ApiKeyKind, environment: string | null = null): string => {
    const found = made.keys.find((one) => one.kind === wanted && one.environment === environment);
    if (found === undefined) throw new Error(`The first start made no ${wanted} key for ${environment}.`);
    return found.secret;
  };
  return {
    ...{ url, app, config, made, key, close: app.close },
    graphql: async (query, variables = {}, credential = key(ApiKeyKind.MANAGEMENT)) =>
      askGraphQL(url, query, variables, credential),
  };
}
