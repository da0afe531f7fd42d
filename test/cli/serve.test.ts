/** The server as operators meet it: starts, restarts, refusals and ends, in processes of their own. */
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askGraphQL } from "../support/graphql-client.js";
import { runHalyard, type ServerProcess, startServerProcess } from "../support/server-process.js";

/** One for all tests: to make a database takes longer than anything else here. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-cli-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

function secretIn(output: string, name: string): string {
  return new RegExp(`hal_${name}_\\w+`).exec(output)?.[0] ?? "";
}

describe("a server on one folder, from its first start on", () => {
  let server: ServerProcess;
  let management: string;
  beforeAll(async () => {
    server = await startServerProcess({ DATA_DIR: folder }, ["--demo"]);
    management = secretIn(server.output(), "management");
  });
  afterAll(async () => server.stop());

  it("tells once what was made: administrator, keys, Sandbox's header and a curl", () => {
    const output = server.output();
    expect(output).toMatch(/Administrator +admin@localhost/);
    expect(output).toMatch(/Password +\S{20,}/);
    for (const environment of ["development", "staging", "production"]) {
      expect(secretIn(output, `client_${environment}`)).not.toBe("");
      expect(secretIn(output, `server_${environment}`)).not.toBe("");
    }
    expect(output).toContain(`\nAuthorization: Bearer ${management}\n`);
    expect(output).toContain("promo-banner");
  });

  it("answers the curl that it printed", async () => {
    const output = server.output();
    const url = /^curl (\S+)/m.exec(output)?.[1] ?? "";
    const headers = [...output.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]);
    const body = /-d '(.*)'$/m.exec(output)?.[1] ?? "";
    const response = await fetch(url, {
      method: "POST",
      headers: Object.fromEntries(headers) as Record<string, string>,
      body,
    });
    expect(await response.json()).toEqual({
      data: { evaluate: { key: "welcome", value: true, variant: "on", reason: "STATIC" } },
    });
  });

  it("holds its folder: another server there is refused with one message and code 2", async () => {
    const { code, output } = await runHalyard(["serve"], { DATA_DIR: folder, PORT: "0" });
    expect(code).toBe(2);
    expect(output).toContain(folder);
    expect(output).not.toContain("    at ");
  });

  it("loses nothing that it acknowledged to a kill -9, and tells no secret again", async () => {
    const { errors } = await askGraphQL(
      server.url,
      'mutation { createFlag(input: { key: "survivor" }) { key } }',
      {},
      management,
    );
    expect(errors).toBeUndefined();
    await server.stop("SIGKILL");
    server = await startServerProcess({ DATA_DIR: folder });
    expect(server.output()).not.toContain("hal_");
    const { data } = await askGraphQL(server.url, '{ flag(key: "survivor") { key } }', {}, management);
    expect(data).toEqual({ flag: { key: "survivor" } });
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends with 0 on %s, whatever else would go on", async (signal) => {
    const code = await server.stop(signal);
    expect(server.output()).toContain("Stopped.");
    expect(code).toBe(0);
    const goesOn = "--import=data:text/javascript,setInterval(Date,1e9)";
    if (signal === "SIGINT") server = await startServerProcess({ DATA_DIR: folder, NODE_OPTIONS: goesOn });
  });

  it("leaves its folder to the commands once it is stopped", async () => {
    const env = { DATA_DIR: folder };
    expect((await runHalyard(["migrate"], env)).output).toContain("up to date");
    expect((await runHalyard(["seed-demo"], env)).output).toContain("there already");
    expect((await runHalyard(["audit", "verify"], env)).output).toContain("Everything is as it was written.");
    const context = '{"targetingKey":"bob","plan":"business"}';
    const evaluated = await runHalyard(["evaluate", "max-cart-items", "--context", context], env);
    expect(JSON.parse(evaluated.output)).toMatchObject({ value: 200, reason: "TARGETING_MATCH" });
    const explained = await runHalyard(["evaluate", "max-cart-items", "--explain"], env);
    expect(JSON.parse(explained.output)).toMatchObject({ value: 20, steps: expect.any(Array) as unknown[] });
  });

  it("lets those sign in who were made administrators, new or known, with the password that was printed", async () => {
    const passwords: [string, string][] = [];
    for (const email of ["alice@example.com", "admin@localhost"]) {
      const { code, output } = await runHalyard(["make-admin", email], { DATA_DIR: folder });
      expect(code).toBe(0);
      passwords.push([email, /^Password: (\S{20,})$/m.exec(output)?.[1] ?? ""]);
    }
    server = await startServerProcess({ DATA_DIR: folder });
    for (const [email, password] of passwords) {
      const { data } = await askGraphQL(
        server.url,
        "mutation ($input: LoginInput!) { login(input: $input) { user { email role } } }",
        { input: { email, password } },
        null,
      );
      expect(data).toEqual({ login: { user: { email, role: "ADMIN" } } });
    }
  });
});

describe("a start that cannot succeed", () => {
  let busy: Server;
  let port: number;
  beforeAll(async () => {
    busy = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => busy.on("listening", resolve));
    const address = busy.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
  });
  afterAll(() => busy.close());

  const secret = { SECRET_KEY: "Pq8vZ2nX5bL1mK7cR4tY9wE3aS6dF0gH-test" };
  it.each([
    ["on a busy port", () => ({ PORT: String(port) }), /Port \d+ on 127\.0\.0\.1 is in use/],
    [
      "with a PostgreSQL that no URL leads to",
      () => ({ DATABASE_URL: "postgres://u:hunter22@127.0.0.1,127.0.0.2/app", ...secret }),
      /PostgreSQL at 127\.0\.0\.1,127\.0\.0\.2\/app cannot be used: a list of hosts/,
    ],
    [
      "with a data folder that cannot be made",
      () => ({ DATA_DIR: join(process.execPath, "data") }),
      /Cannot keep the secret key in \S+data.secret: /,
    ],
    [
      "with a certificate that is not there, before the database is made",
      () => ({ DATA_DIR: join(folder, "untouched"), TLS_CERT_FILE: "/no.crt", TLS_KEY_FILE: "/no.key" }),
      /TLS_CERT_FILE: cannot read \/no\.crt/,
    ],
    [
      "with bad settings",
      () => ({ PORT: "x", SANDBOX: "maybe", IP_ALLOWLIST: "office" }),
      /PORT: [^]*IP_ALLOWLIST: [^]*SANDBOX: /,
    ],
  ])("%s says so in words, with code 2 and no stack", async (_what, env, message) => {
    const { code, output } = await runHalyard(["serve"], {
      DATA_DIR: folder,
      LOG_LEVEL: "warn",
      ...env(),
    });
    expect(output).toMatch(message);
    expect(output).not.toMatch(/^ +at /m);
    expect(output).not.toContain("hunter22");
    expect(code).toBe(2);
  });

  it("leaves nothing behind where its files do not work", () => {
    expect(existsSync(join(folder, "untouched"))).toBe(false);
  });
});

describe("a command", () => {
  it("prints the version", async () => {
    expect(await runHalyard(["--version"], {})).toEqual({
      code: 0,
      output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });

  it("with a context that is no JSON says so", async () => {
    const { code, output } = await runHalyard(["evaluate", "theme", "--context", "{"], {});
    expect(code).toBe(2);
    expect(output).toContain("--context: must be JSON, got {.");
  });

  it("checks schema.graphql", async () => {
    expect((await runHalyard(["schema", "--check", "schema.graphql"], {})).code).toBe(0);
    expect((await runHalyard(["schema", "--check", "README.md"], {})).code).toBe(2);
  });
});
