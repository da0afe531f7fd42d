/** Every setting of the server, how it is read from text, and what it must look like. */
import { z } from "zod";
import { isAddressRange } from "../addresses.js";

const SECRET_BYTES = 32;

/** Settings whose value is never repeated in a message and may come from a file named by `NAME_FILE`. */
export const secretSettings = ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ADMIN_PASSWORD"] as const;

const text = (fits: (value: string) => boolean, mistake: string) => z.string().refine(fits, mistake);

const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });

const yesOrNo = oneOf(["true", "false"]).transform((value) => value === "true");

/** A whole number, `least` or more. */
const count = (standard: number, least = 1) =>
  text(
    (value) => /^\d{1,9}$/.test(value) && Number(value) >= least,
    `must be a whole number, ${least} or more`,
  )
    .transform(Number)
    .default(standard);

const list = (fits: (value: string) => boolean, mistake: string) =>
  z
    .string()
    .transform(splitList)
    .pipe(z.array(text(fits, mistake)));

const addressRanges = list(isAddressRange, "every entry must be an IP address or a range such as 10.0.0.0/8");

const url = (protocols: readonly string[], example: string) =>
  text((value) => protocols.includes(parseUrl(value)?.protocol ?? ""), `must be a URL such as ${example}`);

/** One entry per environment variable; the defaults are those of `.env.example`. */
export const settings = z.object({
  NODE_ENV: oneOf(["development", "production", "test"]).default("development"),
  HOST: z.string().default("127.0.0.1"),
  PORT: text((value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535, "must be a port, 0 to 65535")
    .transform(Number)
    .default(4000),
  DATA_DIR: z.string().default("./data"),
  DATABASE_URL: url(["postgres:", "postgresql:"], "postgres://user:password@host:5432/name").optional(),
  REDIS_URL: url(["redis:", "rediss:"], "redis://host:6379").optional(),
  SECRET_KEY: list(isStrongKey, `every key must be random and at least ${SECRET_BYTES} bytes long`)
    .refine((keys) => keys.length > 0, "must hold at least one key")
    .optional(),
  ADMIN_EMAIL: text((value) => /^[^\s@]+@[^\s@]+$/.test(value), "must be an e-mail address").default(
    "admin@localhost",
  ),
  ADMIN_PASSWORD: text(
    (value) => value.length >= 8 && value.length <= 128,
    "must be 8 to 128 characters long",
  ).optional(),
  ALLOW_SIGNUP: yesOrNo.default(false),
  ALLOWED_ORIGINS: list(
    (value) => parseUrl(value)?.origin === value,
    "every entry must be an origin such as https://app.example.com, without a path",
  ).default([]),
  TRUSTED_PROXIES: addressRanges.default([]),
  IP_ALLOWLIST: addressRanges
    .refine((ranges) => ranges.length > 0, "must hold at least one address; unset, it admits everybody")
    .default([]),
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  TRUSTED_OPERATIONS_ONLY: yesOrNo.default(false),
  TRUSTED_OPERATIONS_FILE: z.string().default("./trusted-operations.json"),
  GRAPHQL_MAX_TOKENS: count(1_000),
  GRAPHQL_MAX_DEPTH: count(10),
  GRAPHQL_MAX_ALIASES: count(30),
  GRAPHQL_MAX_ROOT_FIELDS: count(10),
  GRAPHQL_MAX_MUTATIONS: count(5),
  GRAPHQL_MAX_DIRECTIVES: count(20),
  GRAPHQL_MAX_COST: count(10_000),
  RATE_LIMIT_EVALUATION: count(600_000, 0),
  RATE_LIMIT_MANAGEMENT: count(3_000, 0),
  RATE_LIMIT_SIGN_IN: count(60, 0),
  SANDBOX: oneOf(["on", "off"])
    .transform((value) => value === "on")
    .default(true),
  LOG_LEVEL: oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  LOG_FORMAT: oneOf(["pretty", "json"]).optional(),
});

/** The names of all settings, without their `NAME_FILE` forms. */
export const settingNames: readonly string[] = Object.keys(settings.shape);

function splitList(value: string): string[] {
  return value
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

/** Long enough, and neither a placeholder out of some example nor one key held down. */
function isStrongKey(key: string): boolean {
  const placeholder = /change.?(me|this|it)|example|your.?secret|secret.?key|default|placeholder|insecure/i;
  return Buffer.byteLength(key) >= SECRET_BYTES && new Set(key).size >= 8 && !placeholder.test(key);
}
