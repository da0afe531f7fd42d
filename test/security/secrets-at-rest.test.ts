/** What is stored encrypted survives a change of keys, and a key that was taken away too early is missed loudly. */
import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.js";
import { firstStart } from "../../src/cli/first-start.js";
import { rotateKeys } from "../../src/cli/rotate-keys.js";
import { systemCaller } from "../../src/features/permissions/index.js";
import { createCipher } from "../../src/platform/cipher.js";
import { readConfig } from "../../src/platform/config.js";
import { openPostgres } from "../../src/platform/database/postgres.js";
import { openLog } from "../../src/platform/log.js";
import { codeAt } from "../support/authenticator.js";
import { freshPostgresUrl } from "../support/databases.js";
import { askGraphQL } from "../support/graphql-client.js";
import { runHalyard, type ServerProcess, startServerProcess } from "../support/server-process.js";

const oldKey = "b2xkLWtleS1vZi10aGUtdGVzdHMtb25seS0wMTIzNDU2Nzg5";
const newKey = "bmV3LWtleS1vZi10aGUtdGVzdHMtb25seS05ODc2NTQzMjEw";
const password = "correct horse battery";

/** Minutes pass between codes, none of which works twice. */
let clock = Date.now();

interface Opened {
  readonly url: string;
  readonly lines: readonly string[];
  readonly secrets: ReadonlyMap<string, string>;
  readonly close: () => Promise<void>;
}

const opened: Opened[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A server with these keys on that database; `secrets` are the first start's API keys, by kind and environment. */
async function open(databaseUrl: string, secretKey: string): Promise<Opened> {
  const lines: string[] = [];
  const destination = new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(line.toString());
      done();
    },
  });
  const config = readConfig({
    NODE_ENV: "test",
    PORT: "0",
    DATABASE_URL: databaseUrl,
    SECRET_KEY: secretKey,
  });
  const app = await createApp(config, {
    log: openLog({ logLevel: "warn", logFormat: "json" }, destination),
    now: () => clock,
  });
  const made = await firstStart(app.tools, systemCaller("first-start"), config);
  const keys = made?.keys.map(
    ({ kind, environment, secret }) => [`${kind} ${environment ?? ""}`, secret] as const,
  );
  const one = { url: await app.listen(), lines, secrets: new Map(keys), close: app.close };
  opened.push(one);
  return one;
}

async function ask<Data>(
  url: string,
  query: string,
  credential: string | null,
  variables = {},
): Promise<Data> {
  const { data, errors } = await askGraphQL<Data>(url, query, variables, credential);
  expect(errors).toBeUndefined();
  return data as Data;
}

interface Factor {
  readonly totp: string;
  readonly recoveryCode: string;
}

/** A user with a second factor. */
async function enrol({ url }: Opened, management: string, email: string): Promise<Factor> {
  await ask(url, "mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }", management, {
    input: { email, password, role: "VIEWER" },
  });
  const { login } = await ask<{ login: { accessToken: string } }>(
    url,
    "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
    null,
    { input: { email, password } },
  );
  const { beginTwoFactor } = await ask<{ beginTwoFactor: { secret: string } }>(
    url,
    "mutation ($password: String!) { beginTwoFactor(input: { password: $password }) { secret } }",
    login.accessToken,
    { password },
  );
  const code = codeAt(beginTwoFactor.secret, clock);
  const { confirmTwoFactor } = await ask<{ confirmTwoFactor: { recoveryCodes: string[] } }>(
    url,
    "mutation ($input: TwoFactorCodeInput!) { confirmTwoFactor(input: $input) { recoveryCodes } }",
    login.accessToken,
    { input: { code } },
  );
  const [recoveryCode = ""] = confirmTwoFactor.recoveryCodes;
  return { totp: beginTwoFactor.secret, recoveryCode };
}

/** Signs in with the code of a later moment, unless another is given. */
async function signIn({ url }: Opened, email: string, totp = "", otp?: string) {
  clock += 120_000;
  return askGraphQL(
    url,
    "mutation ($input: LoginInput!) { login(input: $input) { user { email } } }",
    { input: { email, password, otp: otp ?? codeAt(totp, clock) } },
    null,
  );
}

const rotateProof = 'mutation { rotateContextProofSecret(input: { environment: "development" }) { secret } }';
const requireProof =
  'mutation { updateEnvironment(input: { environment: "development", requireContextProof: true }) { key } }';

async function evaluate({ url }: Opened, client: string, proof: string) {
  return askGraphQL(
    url,
    "query ($context: EvaluationContext!) { evaluateAll(context: $context) { revision } }",
    { context: { targetingKey: "alice", proof } },
    client,
  );
}

describe("a change of keys on PostgreSQL", () => {
  let databaseUrl: string;
  let management = "";
  let client = "";
  let secrets: readonly string[] = [];
  let factors: readonly Factor[] = [];
  const proofs = () => secrets.map((secret) => createHmac("sha256", secret).update("alice").digest("hex"));

  beforeAll(async () => {
    databaseUrl = await freshPostgresUrl();
    const first = await open(databaseUrl, oldKey);
    management = first.secrets.get("MANAGEMENT ") ?? "";
    client = first.secrets.get("CLIENT development") ?? "";
    factors = [
      await enrol(first, management, "alice@example.com"),
      await enrol(first, management, "bob@example.com"),
    ];
    type Made = { rotateContextProofSecret: { secret: string } };
    const present = (await ask<Made>(first.url, rotateProof, management)).rotateContextProofSecret.secret;
    const next = (await ask<Made>(first.url, rotateProof, management)).rotateContextProofSecret.secret;
    secrets = [present, next];
    await ask(first.url, requireProof, management);
    await first.close();
  });

  it("without rotate-keys is missed at the start, by whoever signs in, and by the command", async () => {
    const server = await open(databaseUrl, newKey);
    const missed = server.lines.filter((line) => line.includes("put the key back into SECRET_KEY"));
    for (const column of [
      '"column":"users.totp_secret","rows":2',
      '"column":"environments.context_proof_secret","rows":1',
      '"column":"environments.previous_context_proof_secret","rows":1',
    ]) {
      expect(missed.join("")).toContain(column);
    }
    expect((await signIn(server, "alice@example.com", factors[0]?.totp)).errors).toMatchObject([
      { message: expect.stringContaining("lacks the key") as string, extensions: { code: "UNAVAILABLE" } },
    ]);
    for (const proof of proofs()) {
      expect((await evaluate(server, client, proof)).errors).toMatchObject([
        { extensions: { code: "FORBIDDEN" } },
      ]);
    }
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    const { code, output } = await runHalyard(["rotate-keys"], {
      DATABASE_URL: databaseUrl,
      SECRET_KEY: newKey,
    });
    expect(code).toBe(2);
    expect(output).toContain("Encrypted anew with the first key: 0.");
    expect(output).toMatch(/No key reads 2 in users\.totp_secret, 1 in environments\.context_proof_secret/);
    for (const secret of [...secrets, ...factors.map(({ totp }) => totp), newKey])
      expect(output).not.toContain(secret);
  });

  it(
    "with rotate-keys beside a running server leaves everything readable by the new key alone",
    { timeout: 60_000 },
    async () => {
      const both = `${newKey},${oldKey}`;
      const running = await open(databaseUrl, both);
      expect(running.lines).toEqual([]);
      expect((await signIn(running, "alice@example.com", factors[0]?.totp)).errors).toBeUndefined();
      const env = { DATABASE_URL: databaseUrl, SECRET_KEY: both };
      const first = await runHalyard(["rotate-keys"], env);
      expect(first).toMatchObject({ code: 0, output: expect.stringContaining("first key: 4.") as string });
      expect(first.output).toContain(
        "Take them away, from SECRET_KEY or from DATA_DIR/secret, once ten minutes",
      );
      const again = await runHalyard(["rotate-keys"], env);
      expect(again).toMatchObject({ code: 0, output: expect.stringContaining("first key: 0.") as string });
      expect((await evaluate(running, client, proofs()[1] ?? "")).errors).toBeUndefined();
      await running.close();

      const server = await open(databaseUrl, newKey);
      expect(server.lines).toEqual([]);
      for (const [index, email] of ["alice@example.com", "bob@example.com"].entries()) {
        const { totp, recoveryCode } = factors[index] ?? {};
        expect((await signIn(server, email, totp)).errors).toBeUndefined();
        expect((await signIn(server, email, totp, recoveryCode)).errors).toBeUndefined();
      }
      for (const proof of proofs()) expect((await evaluate(server, client, proof)).errors).toBeUndefined();
    },
  );

  it("loses no secret that others change meanwhile", async () => {
    const opened = await openPostgres(databaseUrl);
    const keys = [0, 1, 2, 3].map((number) => `${number}${newKey}`);
    const rotating = keys.map(async (key) =>
      rotateKeys(opened.database, createCipher([key, newKey, ...keys])),
    );
    for (const { unreadable } of await Promise.all(rotating)) expect(unreadable.size).toBe(0);
    const last = await rotateKeys(opened.database, createCipher([newKey, ...keys]));
    expect(last).toMatchObject({ rotated: 4, changed: 0 });
    await opened.close();
    const server = await open(databaseUrl, newKey);
    expect(server.lines).toEqual([]);
    expect((await signIn(server, "bob@example.com", factors[1]?.totp)).errors).toBeUndefined();
  });
});

describe("a change of keys beside the embedded database", () => {
  let folder: string;
  let running: ServerProcess | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "halyard-keys-"));
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  afterAll(async () => rm(folder, { recursive: true }));

  it(
    "is one command while the server is stopped, and refused while it runs",
    { timeout: 120_000 },
    async () => {
      const env = { DATA_DIR: folder };
      const file = join(folder, "secret");
      running = await startServerProcess(env);
      const management = /^Authorization: Bearer (\S+)$/m.exec(running.output())?.[1] ?? "";
      await ask(running.url, rotateProof, management);
      const before = await readFile(file, "utf8");
      expect(await runHalyard(["rotate-keys", "--new"], env)).toMatchObject({ code: 2 });
      expect(await readFile(file, "utf8")).toBe(before);
      await running.stop();

      const rotated = await runHalyard(["rotate-keys", "--new"], env);
      expect(rotated).toMatchObject({ code: 0, output: expect.stringContaining("first key: 1.") as string });
      const [newest = "", ...older] = (await readFile(file, "utf8")).trim().split(",");
      expect(older).toEqual([before.trim()]);
      for (const key of [newest, ...older]) expect(rotated.output).not.toContain(key);
      await writeFile(file, newest);
      expect(await runHalyard(["rotate-keys"], env)).toMatchObject({
        code: 0,
        output: "Encrypted anew with the first key: 0.\n",
      });
      running = await startServerProcess(env);
      expect(running.output()).not.toContain("cannot be read");
    },
  );

  it("makes no key that other servers would not know", async () => {
    for (const settings of [{ DATABASE_URL: "postgres://127.0.0.1:1/app" }, { SECRET_KEY: newKey }]) {
      const { code, output } = await runHalyard(["rotate-keys", "--new"], { DATA_DIR: folder, ...settings });
      expect(code).toBe(2);
      expect(output).toContain("put a new key in front");
    }
  });
});
