/** One instance of several on one installation, with its real doors: for what they tell each other, and for what is taken away from them. */
import { createApp, type App, type Overrides } from "../../src/app.js";
import { firstStart } from "../../src/cli/first-start.js";
import { type ApiKeyKind, systemCaller } from "../../src/features/permissions/index.js";
import { readConfig } from "../../src/platform/config.js";
import { type Answer, askGraphQL } from "./graphql-client.js";
import { testSecretKey } from "./server.js";
import { silentLog } from "./silent-log.js";

export interface TestInstance {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly app: App;
  readonly graphql: <Data = Record<string, unknown>>(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    credential: string | null,
  ) => Promise<Answer<Data>>;
  /** Asks OFREP for one flag. */
  readonly ofrep: (flagKey: string, credential: string, search?: string) => Promise<Response>;
}

/** `password` of the first administrator. */
export const password = "correct horse battery";
export const adminEmail = "admin@example.com";

/** Starts an instance; `env` names the database and, where there is one, Redis. To be closed by its `app`. */
export async function startInstance(
  env: Readonly<Record<string, string>>,
  overrides: Overrides = {},
): Promise<TestInstance> {
  const app = await createApp(configOf(env), { log: silentLog, ...overrides });
  const url = await app.listen();
  return {
    url,
    app,
    graphql: async (query, variables, credential) => askGraphQL(url, query, variables, credential),
    ofrep: async (flagKey, credential, search = "") =>
      fetch(`${url}/ofrep/v1/evaluate/flags/${flagKey}${search}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${credential}` },
        body: JSON.stringify({ context: { targetingKey: "user-1" } }),
      }),
  };
}

/** Makes what the first start makes, and gives the secret of each key: `key("SERVER", "development")`. */
export async function makeFirst(
  { app }: TestInstance,
  env: Readonly<Record<string, string>>,
): Promise<(kind: ApiKeyKind, environment?: string) => string> {
  const made = await firstStart(app.tools, systemCaller("first-start"), configOf(env));
  return (kind, environment) => {
    const place = environment ?? null;
    const found = made?.keys.find((one) => one.kind === kind && one.environment === place);
    if (found === undefined) throw new Error(`The first start made no ${kind} key for ${place}.`);
    return found.secret;
  };
}

function configOf(env: Readonly<Record<string, string>>) {
  const admin = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: password };
  return readConfig({ NODE_ENV: "test", PORT: "0", SECRET_KEY: testSecretKey, ...admin, ...env });
}
