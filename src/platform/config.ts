/** Reads the environment once, at the border: what comes out is typed and complete, or every mistake is named. */
import { readFileSync } from "node:fs";
import type { z } from "zod";
import { secretSettings, settings } from "./config/settings.js";

export { settingNames } from "./config/settings.js";

/** What the process was told by its environment. */
export interface Config {
  /** NODE_ENV=production: nothing for trying out at the first start. */
  readonly production: boolean;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Folder of the embedded database, the snapshots and generated secrets. */
  readonly dataDir: string;
  /** Unset: the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Unset: the bus inside the process. */
  readonly redisUrl: string | undefined;
  /** Newest first: the first signs and encrypts, all verify. Unset: see `loadSecretKeys`. */
  readonly secretKeys: readonly string[] | undefined;
  readonly adminEmail: string;
  /** Unset: generated at the first start. */
  readonly adminPassword: string | undefined;
  readonly allowSignup: boolean;
  readonly allowedOrigins: readonly string[];
  /** Addresses and CIDR ranges whose forwarding headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Whether GET /graphql serves Apollo Sandbox. */
  readonly sandbox: boolean;
  readonly logLevel: LogLevel;
  /** Unset: pretty on a terminal, else JSON. */
  readonly logFormat: "pretty" | "json" | undefined;
}

type Settings = z.output<typeof settings>;
export type LogLevel = Settings["LOG_LEVEL"];
export type Environment = Readonly<Record<string, string | undefined>>;

/** All bad settings at once, each as `NAME: what is wrong`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly mistakes: readonly string[]) {
    super(["The settings do not work:", ...mistakes.map((mistake) => `  ${mistake}`)].join("\n"));
  }
}

/**
 * Parses the environment. An empty value counts as unset; a secret may be given as `NAME_FILE`.
 * @throws {ConfigError} naming every mistake.
 */
export function readConfig(env: Environment): Config {
  const mistakes: string[] = [];
  const given = { ...withoutEmpty(env), ...readSecretFiles(env, mistakes) };
  const parsed = settings.safeParse(given);
  mistakes.push(...(parsed.error?.issues ?? []).map((issue) => describe(issue, given)));
  mistakes.push(...contradictions(given));
  if (!parsed.success || mistakes.length > 0) throw new ConfigError(mistakes);
  return toConfig(parsed.data);
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => isSet(value)));
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

function readSecretFiles(env: Environment, mistakes: string[]): Environment {
  const found: Record<string, string> = {};
  for (const name of secretSettings) {
    const file = env[`${name}_FILE`];
    if (!isSet(file)) continue;
    if (isSet(env[name])) mistakes.push(`${name}: set it or ${name}_FILE, not both`);
    try {
      found[name] = readFileSync(file, "utf8").trim();
    } catch {
      mistakes.push(`${name}_FILE: cannot read ${file}`);
    }
  }
  return found;
}

/** What each setting allows by itself but not together with the others, or not in this version. */
function contradictions(given: Environment): string[] {
  const mistakes: string[] = [];
  const isProduction = given["NODE_ENV"] === "production";
  if (isProduction && given["DATABASE_URL"] !== undefined && given["SECRET_KEY"] === undefined) {
    mistakes.push(
      "SECRET_KEY: required in production with DATABASE_URL, so that every instance shares it; `openssl rand -base64 48` makes one",
    );
  }
  if (given["IP_ALLOWLIST"] !== undefined) {
    mistakes.push(
      "IP_ALLOWLIST: this version does not enforce it; remove it and restrict addresses in front of the server",
    );
  }
  return mistakes;
}

function describe(issue: z.core.$ZodIssue, given: Environment): string {
  const name = String(issue.path[0]);
  const isSecret = secretSettings.some((secret) => secret === name);
  return `${name}: ${issue.message}${isSecret ? "" : `; got ${JSON.stringify(given[name])}`}`;
}

function toConfig(values: Settings): Config {
  return {
    production: values.NODE_ENV === "production",
    host: values.HOST,
    port: values.PORT,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    secretKeys: values.SECRET_KEY,
    adminEmail: values.ADMIN_EMAIL,
    adminPassword: values.ADMIN_PASSWORD,
    allowSignup: values.ALLOW_SIGNUP,
    allowedOrigins: values.ALLOWED_ORIGINS,
    trustedProxies: values.TRUSTED_PROXIES,
    sandbox: values.SANDBOX,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
  };
}
