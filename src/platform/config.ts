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
  /** Addresses and CIDR ranges from which everything but evaluation and probes is accepted; empty: from everywhere. */
  readonly ipAllowlist: readonly string[];
  /** PEM files; unset: plain HTTP. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Path of the manifest of the only operations that are answered; unset: every operation is. */
  readonly trustedOperationsFile: string | undefined;
  readonly graphqlLimits: GraphQLLimits;
  readonly rateLimits: RateLimitSettings;
  /** Whether GET /graphql serves Apollo Sandbox. */
  readonly sandbox: boolean;
  readonly logLevel: LogLevel;
  /** Unset: pretty on a terminal, else JSON. */
  readonly logFormat: "pretty" | "json" | undefined;
}

/** How much one GraphQL operation may ask for. */
export interface GraphQLLimits {
  readonly tokens: number;
  /** Levels of selections, the root's being the first. */
  readonly depth: number;
  readonly aliases: number;
  /** Of queries and subscriptions. */
  readonly rootFields: number;
  readonly mutations: number;
  readonly directives: number;
  readonly cost: number;
}

/** Requests a minute; 0: as many as come. */
export interface RateLimitSettings {
  /** For each API key or user; for each CLIENT key and address. */
  readonly evaluation: number;
  /** For each API key, user, or address of strangers. */
  readonly management: number;
  /** Sign-ins from each address. */
  readonly signIn: number;
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
      found[name] = bare(readFileSync(file, "utf8"));
    } catch {
      mistakes.push(`${name}_FILE: cannot read ${file}`);
    }
  }
  return found;
}

/** Without the byte-order mark and the line ends that editors and `echo` add; blanks may belong to a password. */
function bare(content: string): string {
  return content.replace(/^\ufeff/, "").replace(/[\r\n]+$/, "");
}

/** Passwords that are tried first. */
const defaultPassword =
  /^(admin(istrator)?|password|passw0rd|change.?me|halyard|letmein|welcome|secret|default|root|qwerty|12345678?)[\d!.]*$/i;

/** What each setting allows by itself but not together with the others. */
function contradictions(given: Environment): string[] {
  const mistakes: string[] = [];
  const isProduction = given["NODE_ENV"] === "production";
  if (isProduction && given["DATABASE_URL"] !== undefined && given["SECRET_KEY"] === undefined) {
    mistakes.push(
      "SECRET_KEY: required in production with DATABASE_URL, so that every instance shares it; `openssl rand -base64 48` makes one",
    );
  }
  if (isProduction && defaultPassword.test(given["ADMIN_PASSWORD"] ?? "")) {
    mistakes.push("ADMIN_PASSWORD: must not be a password that everybody tries first");
  }
  if ((given["TLS_CERT_FILE"] === undefined) !== (given["TLS_KEY_FILE"] === undefined)) {
    mistakes.push("TLS_CERT_FILE: set it together with TLS_KEY_FILE, or neither");
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
    ipAllowlist: values.IP_ALLOWLIST,
    tls: tlsOf(values),
    trustedOperationsFile: values.TRUSTED_OPERATIONS_ONLY ? values.TRUSTED_OPERATIONS_FILE : undefined,
    graphqlLimits: {
      tokens: values.GRAPHQL_MAX_TOKENS,
      depth: values.GRAPHQL_MAX_DEPTH,
      aliases: values.GRAPHQL_MAX_ALIASES,
      rootFields: values.GRAPHQL_MAX_ROOT_FIELDS,
      mutations: values.GRAPHQL_MAX_MUTATIONS,
      directives: values.GRAPHQL_MAX_DIRECTIVES,
      cost: values.GRAPHQL_MAX_COST,
    },
    rateLimits: {
      evaluation: values.RATE_LIMIT_EVALUATION,
      management: values.RATE_LIMIT_MANAGEMENT,
      signIn: values.RATE_LIMIT_SIGN_IN,
    },
    sandbox: values.SANDBOX,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
  };
}

function tlsOf({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: Settings): Config["tls"] {
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}
