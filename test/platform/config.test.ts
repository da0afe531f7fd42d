/** Settings are read in full or refused in full. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError, type Environment, readConfig, settingNames } from "../../src/platform/config.js";

const KEY = "Qm9vdHN0cmFwLWZvci10aGUtdGVzdHMtb25seQ==";
const OTHER_KEY = "b3RoZXIta2V5LWZvci10aGUtdGVzdHMtb25seQ==";

function mistakesOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

describe("without any setting", () => {
  it("gives the defaults", () => {
    expect(readConfig({})).toStrictEqual({
      production: false,
      host: "127.0.0.1",
      port: 4000,
      dataDir: "./data",
      databaseUrl: undefined,
      redisUrl: undefined,
      secretKeys: undefined,
      adminEmail: "admin@localhost",
      adminPassword: undefined,
      allowSignup: false,
      allowedOrigins: [],
      trustedProxies: [],
      ipAllowlist: [],
      tls: undefined,
      trustedOperationsFile: undefined,
      graphqlLimits: {
        tokens: 1_000,
        depth: 10,
        aliases: 30,
        rootFields: 10,
        mutations: 5,
        directives: 20,
        cost: 10_000,
      },
      rateLimits: { evaluation: 600_000, management: 3_000, signIn: 60 },
      sandbox: true,
      logLevel: "info",
      logFormat: undefined,
    });
  });

  it("takes an empty value for none, as compose files write it", () => {
    const empty = Object.fromEntries([...settingNames, "SECRET_KEY_FILE"].map((name) => [name, ""]));
    expect(readConfig(empty)).toStrictEqual(readConfig({}));
  });
});

describe("with every setting", () => {
  it("gives typed values", () => {
    const config = readConfig({
      NODE_ENV: "production",
      HOST: "0.0.0.0",
      PORT: "0",
      DATA_DIR: "/data",
      DATABASE_URL: "postgresql://user:pass@db:5432/halyard?sslmode=verify-full",
      REDIS_URL: "rediss://cache:6380/2",
      SECRET_KEY: `${KEY}, ${OTHER_KEY}`,
      ADMIN_EMAIL: "alice@example.com",
      ADMIN_PASSWORD: "eight888",
      ALLOW_SIGNUP: "true",
      ALLOWED_ORIGINS: "https://app.example.com,http://localhost:5173",
      TRUSTED_PROXIES: "10.0.0.0/8, 192.168.1.1, ::1, 2001:db8::/32",
      IP_ALLOWLIST: "198.51.100.7,2001:db8:1::/48, ::ffff:192.0.2.0/120",
      TLS_CERT_FILE: "/tls/cert.pem",
      TLS_KEY_FILE: "/tls/key.pem",
      TRUSTED_OPERATIONS_ONLY: "true",
      TRUSTED_OPERATIONS_FILE: "/operations.json",
      GRAPHQL_MAX_TOKENS: "2000",
      GRAPHQL_MAX_DEPTH: "11",
      GRAPHQL_MAX_ALIASES: "31",
      GRAPHQL_MAX_ROOT_FIELDS: "12",
      GRAPHQL_MAX_MUTATIONS: "6",
      GRAPHQL_MAX_DIRECTIVES: "21",
      GRAPHQL_MAX_COST: "20000",
      RATE_LIMIT_EVALUATION: "0",
      RATE_LIMIT_MANAGEMENT: "100",
      RATE_LIMIT_SIGN_IN: "5",
      SANDBOX: "off",
      LOG_LEVEL: "debug",
      LOG_FORMAT: "json",
      UNRELATED: "ignored",
    });
    expect(config).toStrictEqual({
      production: true,
      host: "0.0.0.0",
      port: 0,
      dataDir: "/data",
      databaseUrl: "postgresql://user:pass@db:5432/halyard?sslmode=verify-full",
      redisUrl: "rediss://cache:6380/2",
      secretKeys: [KEY, OTHER_KEY],
      adminEmail: "alice@example.com",
      adminPassword: "eight888",
      allowSignup: true,
      allowedOrigins: ["https://app.example.com", "http://localhost:5173"],
      trustedProxies: ["10.0.0.0/8", "192.168.1.1", "::1", "2001:db8::/32"],
      ipAllowlist: ["198.51.100.7", "2001:db8:1::/48", "::ffff:192.0.2.0/120"],
      tls: { certFile: "/tls/cert.pem", keyFile: "/tls/key.pem" },
      trustedOperationsFile: "/operations.json",
      graphqlLimits: {
        tokens: 2_000,
        depth: 11,
        aliases: 31,
        rootFields: 12,
        mutations: 6,
        directives: 21,
        cost: 20_000,
      },
      rateLimits: { evaluation: 0, management: 100, signIn: 5 },
      sandbox: false,
      logLevel: "debug",
      logFormat: "json",
    });
  });
});

describe("mistakes", () => {
  it.each<[Environment, string]>([
    [{ NODE_ENV: "prod" }, 'NODE_ENV: must be one of development, production, test; got "prod"'],
    [{ PORT: "http" }, 'PORT: must be a port, 0 to 65535; got "http"'],
    [{ PORT: "65536" }, 'PORT: must be a port, 0 to 65535; got "65536"'],
    [{ PORT: "-1" }, 'PORT: must be a port, 0 to 65535; got "-1"'],
    [{ PORT: "80.5" }, 'PORT: must be a port, 0 to 65535; got "80.5"'],
    [{ ADMIN_EMAIL: "alice" }, 'ADMIN_EMAIL: must be an e-mail address; got "alice"'],
    [{ ALLOW_SIGNUP: "yes" }, 'ALLOW_SIGNUP: must be one of true, false; got "yes"'],
    [{ SANDBOX: "true" }, 'SANDBOX: must be one of on, off; got "true"'],
    [{ LOG_FORMAT: "xml" }, 'LOG_FORMAT: must be one of pretty, json; got "xml"'],
    [
      { ALLOWED_ORIGINS: "https://a.example.com/path" },
      'ALLOWED_ORIGINS: every entry must be an origin such as https://app.example.com, without a path; got "https://a.example.com/path"',
    ],
    [
      { TRUSTED_PROXIES: "10.0.0.0/33" },
      'TRUSTED_PROXIES: every entry must be an IP address or a range such as 10.0.0.0/8; got "10.0.0.0/33"',
    ],
    [
      { IP_ALLOWLIST: "192.0.2.1, office" },
      'IP_ALLOWLIST: every entry must be an IP address or a range such as 10.0.0.0/8; got "192.0.2.1, office"',
    ],
    // What other programs read as an address, each in its own way.
    ...["10", "0x7f.1", "010.0.0.1", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8", "::ffff:10.0.0.0/95"].map(
      (address): [Environment, string] => [
        { IP_ALLOWLIST: address },
        `IP_ALLOWLIST: every entry must be an IP address or a range such as 10.0.0.0/8; got "${address}"`,
      ],
    ),
    [
      { IP_ALLOWLIST: " , " },
      'IP_ALLOWLIST: must hold at least one address; unset, it admits everybody; got " , "',
    ],
    [{ TLS_CERT_FILE: "cert.pem" }, "TLS_CERT_FILE: set it together with TLS_KEY_FILE, or neither"],
    [{ TLS_KEY_FILE: "key.pem" }, "TLS_CERT_FILE: set it together with TLS_KEY_FILE, or neither"],
    [{ TRUSTED_OPERATIONS_ONLY: "on" }, 'TRUSTED_OPERATIONS_ONLY: must be one of true, false; got "on"'],
    [{ GRAPHQL_MAX_DEPTH: "0" }, 'GRAPHQL_MAX_DEPTH: must be a whole number, 1 or more; got "0"'],
    [{ GRAPHQL_MAX_TOKENS: "1e3" }, 'GRAPHQL_MAX_TOKENS: must be a whole number, 1 or more; got "1e3"'],
    [{ RATE_LIMIT_SIGN_IN: "-1" }, 'RATE_LIMIT_SIGN_IN: must be a whole number, 0 or more; got "-1"'],
    [
      { RATE_LIMIT_EVALUATION: "Infinity" },
      'RATE_LIMIT_EVALUATION: must be a whole number, 0 or more; got "Infinity"',
    ],
  ])("in %o are named with what was got", (env, mistake) => {
    expect(mistakesOf(env)).toEqual([mistake]);
  });

  it("are all reported together, one to a line", () => {
    const bad = { PORT: "x", LOG_LEVEL: "loud", REDIS_URL: "http://cache", IP_ALLOWLIST: "all" };
    expect(mistakesOf(bad)).toHaveLength(4);
    const lines = new ConfigError(mistakesOf(bad)).message.split("\n");
    expect(lines[0]).toBe("The settings do not work:");
    expect(lines).toHaveLength(5);
  });

  it("of settings that do not go together are reported beside those of single ones", () => {
    const bad = {
      NODE_ENV: "production",
      DATABASE_URL: "postgres://db/app",
      TLS_KEY_FILE: "key.pem",
      PORT: "x",
    };
    expect(mistakesOf(bad).map((mistake) => mistake.split(":")[0])).toEqual([
      "PORT",
      "SECRET_KEY",
      "TLS_CERT_FILE",
    ]);
  });

  it("are none in a manifest's path that is not used", () => {
    expect(readConfig({ TRUSTED_OPERATIONS_FILE: "x.json" }).trustedOperationsFile).toBeUndefined();
  });
});

describe("secrets", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "halyard-config-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it.each([
    ["SECRET_KEY", "short"],
    ["SECRET_KEY", `${KEY},short`],
    ["SECRET_KEY", "a".repeat(64)],
    ["SECRET_KEY", "change-me-change-me-change-me-change-me"],
    ["SECRET_KEY", "this-is-the-default-key-of-the-readme-0123"],
    ["SECRET_KEY", ","],
    ["ADMIN_PASSWORD", "seven77"],
    ["DATABASE_URL", "mysql://root:hunter22@db/app"],
    ["DATABASE_URL", "hunter22"],
    ["REDIS_URL", "http://:hunter22@cache"],
  ])("%s refuses %s without repeating it", (name, value) => {
    const mistakes = mistakesOf({ [name]: value });
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(new RegExp(`^${name}: `));
    expect(mistakes[0]).not.toContain(value.length > 1 ? value : '"');
    expect(mistakes[0]).not.toContain("hunter22");
  });

  it("may come from files", async () => {
    const files = { SECRET_KEY: KEY, ADMIN_PASSWORD: "from a file", DATABASE_URL: "postgres://db/app" };
    const env: Record<string, string> = {};
    for (const [name, content] of Object.entries(files)) {
      env[`${name}_FILE`] = join(folder, name);
      await writeFile(join(folder, name), `${content}\n`);
    }
    expect(readConfig(env)).toMatchObject({
      secretKeys: [KEY],
      adminPassword: "from a file",
      databaseUrl: "postgres://db/app",
    });
  });

  it("from a file that is missing, empty or given twice are mistakes", async () => {
    const missing = join(folder, "missing");
    expect(mistakesOf({ SECRET_KEY_FILE: missing })).toEqual([`SECRET_KEY_FILE: cannot read ${missing}`]);
    const empty = join(folder, "empty");
    await writeFile(empty, "\n");
    expect(mistakesOf({ SECRET_KEY_FILE: empty })).toEqual(["SECRET_KEY: must hold at least one key"]);
    const full = join(folder, "full");
    await writeFile(full, KEY);
    expect(mistakesOf({ SECRET_KEY_FILE: full, SECRET_KEY: OTHER_KEY })).toEqual([
      "SECRET_KEY: set it or SECRET_KEY_FILE, not both",
    ]);
  });

  it.each(["SECRET_KEY", "ADMIN_PASSWORD", "DATABASE_URL", "REDIS_URL"])(
    "%s_FILE that is empty, a folder or given beside %s is a mistake that names it",
    async (name) => {
      const empty = join(folder, `empty-${name}`);
      await writeFile(empty, "\n");
      expect(mistakesOf({ [`${name}_FILE`]: empty })).toEqual([expect.stringMatching(`^${name}: must `)]);
      expect(mistakesOf({ [`${name}_FILE`]: folder })).toEqual([`${name}_FILE: cannot read ${folder}`]);
      const both = mistakesOf({ [`${name}_FILE`]: folder, [name]: "hunter22" });
      expect(both[0]).toBe(`${name}: set it or ${name}_FILE, not both`);
      expect(both.join()).not.toContain("hunter22");
    },
  );

  it("from files lose the line end and the mark that editors add, and nothing else", async () => {
    const file = join(folder, "edited");
    for (const [content, password] of [
      ["\ufefffrom windows\r\n", "from windows"],
      ["two lines\n\n", "two lines"],
      ["  blanks count  \n", "  blanks count  "],
      ["no line end", "no line end"],
    ] as const) {
      await writeFile(file, content);
      expect(readConfig({ ADMIN_PASSWORD_FILE: file }).adminPassword).toBe(password);
    }
    await writeFile(file, `${KEY},\n${OTHER_KEY}\n`);
    expect(readConfig({ SECRET_KEY_FILE: file }).secretKeys).toEqual([KEY, OTHER_KEY]);
  });

  it.each([
    "password",
    "changeme",
    "Change-Me",
    "administrator",
    "halyard1",
    "12345678",
    "admin123",
    "qwerty123",
  ])("of everybody's keep a production from starting: %s", (password) => {
    expect(mistakesOf({ NODE_ENV: "production", ADMIN_PASSWORD: password })).toEqual([
      "ADMIN_PASSWORD: must not be a password that everybody tries first",
    ]);
    expect(mistakesOf({ NODE_ENV: "development", ADMIN_PASSWORD: password })).toEqual([]);
  });

  it("must be set in production as soon as instances could differ", () => {
    const production = { NODE_ENV: "production", DATABASE_URL: "postgres://db/app" };
    expect(mistakesOf(production)).toEqual([expect.stringMatching(/^SECRET_KEY: required in production/)]);
    expect(mistakesOf({ ...production, SECRET_KEY: KEY })).toEqual([]);
    expect(mistakesOf({ NODE_ENV: "production" })).toEqual([]);
    expect(mistakesOf({ DATABASE_URL: "postgres://db/app" })).toEqual([]);
  });
});

describe(".env.example", () => {
  let shown: Map<string, string>;
  beforeAll(async () => {
    const text = await readFile(new URL("../../.env.example", import.meta.url), "utf8");
    shown = new Map(
      [...text.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
    );
  });

  it("names every setting, and none that does not exist", () => {
    expect(new Set(shown.keys())).toEqual(new Set(settingNames));
  });

  it("shows values that work", () => {
    expect(mistakesOf(Object.fromEntries(shown))).toEqual([]);
  });
});
