/** Two server processes on one PostgreSQL and one Redis, with the keys of everybody who comes to their doors. */
import { randomBytes } from "node:crypto";
import { type ServerProcess, startServerProcess } from "../../support/server-process.js";
import { ask, mutate, until } from "./clients.js";

export interface Services {
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
}

export interface Credentials {
  /** Of somebody who may do everything. */
  readonly admin: string;
  /** Of pages. */
  readonly client: string;
  /** Of backends. */
  readonly server: string;
}

export interface Stage extends Credentials {
  /** Addresses of the two processes. */
  readonly urls: readonly [string, string];
  /** Ends both; gives their exit codes. */
  readonly close: () => Promise<readonly (number | null)[]>;
}

const account = { ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "correct horse battery" };

/**
 * `furnish` sets up whatever is needed, through the first process, while the second starts: so that one of them looks at experiments only once
 * people have come. Resolves once the second has heard of `flags`, too.
 */
export async function openStage(
  services: Services,
  furnish: (url: string, admin: string) => Promise<void>,
  flags: readonly string[],
): Promise<Stage> {
  const env = { ...account, ...services, SECRET_KEY: randomBytes(32).toString("base64url") };
  const started: ServerProcess[] = [];
  const start = async (): Promise<ServerProcess> => {
    const server = await startServerProcess(env);
    started.push(server);
    return server;
  };
  const close = async () => Promise.all(started.map(async (server) => server.stop()));
  try {
    const first = await start();
    const second = start();
    second.catch(() => undefined); // awaited below
    const credentials = await signIn(first.url);
    await furnish(first.url, credentials.admin);
    const { url } = await second;
    const decided = async () => splits(url, credentials.client, flags);
    await until("experiment at the second process", decided, (found) => found === flags.length, 20_000);
    return { ...credentials, urls: [first.url, url], close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Keys, for what lasts longer than a sign-in does. */
async function signIn(url: string): Promise<Credentials> {
  const input = { email: account.ADMIN_EMAIL, password: account.ADMIN_PASSWORD };
  const call = ["login", "LoginInput", "accessToken"] as const;
  const { accessToken } = await mutate<{ accessToken: string }>(url, null, call, input);
  const keyOf = async (kind: string, powers: object): Promise<string> => {
    const made = ["createApiKey", "CreateApiKeyInput", "secret"] as const;
    const wanted = { name: kind.toLowerCase(), kind, ...powers };
    return (await mutate<{ secret: string }>(url, accessToken, made, wanted)).secret;
  };
  return {
    admin: await keyOf("MANAGEMENT", { role: "ADMIN" }),
    client: await keyOf("CLIENT", { environment: "development" }),
    server: await keyOf("SERVER", { environment: "development" }),
  };
}

/** Of how many of the flags the experiment is heard of; a key that is not heard of yet is none. */
async function splits(url: string, key: string, flags: readonly string[]): Promise<number> {
  const fields = flags.map(
    (flag, index) =>
      `f${index}: evaluate(flagKey: "${flag}", context: { targetingKey: "nobody" }, recordExposure: false) { reason }`,
  );
  try {
    const data = await ask<Readonly<Record<string, { reason: string }>>>(
      url,
      key,
      `{ ${fields.join("\n")} }`,
    );
    return Object.values(data).filter(({ reason }) => reason === "SPLIT").length;
  } catch {
    return 0;
  }
}
