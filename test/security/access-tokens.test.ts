import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deriveKey } from "../../src/platform/derive-key.js";
import { liveClient, subscribe, SubscriptionEnded } from "../support/live.js";
import { startServer, testSecretKey, type TestServer } from "../support/server.js";

const password = "correct horse battery";
const [email, other] = ["alice@example.com", "bob@example.com"];
const whoAmI = "{ me { email } }";

type Part = Readonly<Record<string, unknown>>;

let server: TestServer;
/** A real token, taken apart. */
let header: Part;
let payload: Part;
let signature: string;
let otherId: string;

beforeAll(async () => {
  server = await startServer();
  for (const who of [email, other]) {
    const made = await server.graphql<{ createUser: { id: string } }>(
      "mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }",
      { input: { email: who, password, role: "VIEWER" } },
    );
    otherId = made.data?.createUser.id ?? "";
  }
  const { data } = await server.graphql<{ login: { accessToken: string } }>(
    "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
    { input: { email, password } },
    null,
  );
  const [first = "", second = "", third = ""] = data?.login.accessToken.split(".") ?? [];
  header = decode(first);
  payload = decode(second);
  signature = third;
});
afterAll(async () => server.close());

function decode(part: string): Part {
  return JSON.parse(Buffer.from(part, "base64url").toString()) as Part;
}

function encode(part: Part): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

const rightKey = deriveKey(testSecretKey, "access tokens");

/** A token as whoever had the key could make it; a member that is undefined is left out. */
function forge(
  changed: { readonly header?: Part; readonly payload?: Part } = {},
  key: Buffer | string = rightKey,
  hash = "sha256",
): string {
  const text = `${encode({ ...header, ...changed.header })}.${encode({ ...payload, ...changed.payload })}`;
  return `${text}.${createHmac(hash, key).update(text).digest("base64url")}`;
}

function signedByAKeyPair(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const text = `${encode({ ...header, alg: "RS256" })}.${encode(payload)}`;
  return `${text}.${sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
}

async function reasonFor(token: string): Promise<unknown> {
  const { errors } = await server.graphql(whoAmI, {}, token);
  return errors?.map(({ extensions }) => [extensions.code, extensions["reason"]]);
}

const invalid = [["UNAUTHENTICATED", "INVALID"]];

describe("an access token", () => {
  it("as these tests forge it is taken, so that what follows is refused for its fault alone", async () => {
    expect(await server.graphql(whoAmI, {}, forge())).toEqual({ data: { me: { email } } });
  });

  const now = Math.floor(Date.now() / 1_000);
  const faults: Record<string, () => string> = {
    "without a signature": () => `${encode({ ...header, alg: "none" })}.${encode(payload)}.`,
    "said to need no signature, with one": () =>
      `${encode({ ...header, alg: "none" })}.${encode(payload)}.${signature}`,
    "with an algorithm in odd letters": () => forge({ header: { alg: "nOnE" } }),
    "signed by HS384": () => forge({ header: { alg: "HS384" } }, rightKey, "sha384"),
    "signed by HS512": () => forge({ header: { alg: "HS512" } }, rightKey, "sha512"),
    "signed by RS256": signedByAKeyPair,
    "signed with five bytes": () => forge({}, "12345"),
    "signed with nothing": () => forge({}, ""),
    "signed with the secret itself": () => forge({}, testSecretKey),
    "signed with a key for another purpose": () => forge({}, deriveKey(testSecretKey, "stored secrets")),
    "signed with another server's key": () => forge({}, deriveKey("another".repeat(6), "access tokens")),
    "that brings its own key": () =>
      forge({ header: { jwk: { kty: "oct", k: "MTIzNDU" }, kid: undefined } }, "12345"),
    "that names its key by a path": () => forge({ header: { kid: "../../../../dev/null" } }, ""),
    "that names a member of every object": () => forge({ header: { kid: "__proto__" } }),
    "that names no key": () => forge({ header: { kid: undefined } }),
    "of the type JWT": () => forge({ header: { typ: "JWT" } }),
    "of no type": () => forge({ header: { typ: undefined } }),
    "with a critical extension": () => forge({ header: { crit: ["b64"], b64: false } }),
    "of another issuer": () => forge({ payload: { iss: "https://issuer.example" } }),
    "of no issuer": () => forge({ payload: { iss: undefined } }),
    "for another audience": () => forge({ payload: { aud: "other" } }),
    "for no audience": () => forge({ payload: { aud: undefined } }),
    "that never expires": () => forge({ payload: { exp: undefined } }),
    "that expires in words": () => forge({ payload: { exp: "tomorrow" } }),
    "that is not valid yet": () => forge({ payload: { nbf: now + 3_600 } }),
    "of nobody": () => forge({ payload: { sub: undefined } }),
    "of an unknown user": () => forge({ payload: { sub: "00000000-0000-4000-8000-000000000000" } }),
    "of no session": () => forge({ payload: { sid: undefined } }),
    "of a session in numbers": () => forge({ payload: { sid: 7 } }),
    "with somebody else's name put in": () =>
      `${encode(header)}.${encode({ ...payload, sub: otherId })}.${signature}`,
    "that is cut short": () => forge().slice(0, -1),
    "with a part too many": () => `${forge()}.${signature}`,
    "that is not one": () => "eyJhbGciOiJub25lIn0.e30.",
  };

  it.each(Object.entries(faults))("%s is INVALID", async (_fault, make) => {
    expect(await reasonFor(make())).toEqual(invalid);
  });

  it("that has expired is EXPIRED, whoever asks for what", async () => {
    const expired = forge({ payload: { exp: now - 1 } });
    expect(await reasonFor(expired)).toEqual([["UNAUTHENTICATED", "EXPIRED"]]);
  });

  it("says nothing of roles: those are looked up", async () => {
    const { errors } = await server.graphql(
      "{ users { totalCount } }",
      {},
      forge({ payload: { role: "ADMIN" } }),
    );
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["FORBIDDEN"]);
  });
});

describe("at the other doors", () => {
  it("OFREP refuses it with 401", async () => {
    const ask = async (token: string) =>
      fetch(`${server.url}/ofrep/v1/evaluate/flags/welcome`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify({ context: { targetingKey: "user-1" } }),
      });
    expect((await ask(forge({}, "12345"))).status).toBe(401);
    expect((await ask(forge())).status).not.toBe(401);
  });

  it("a subscription does not begin with it", async () => {
    const client = liveClient(server.url, forge({}, "12345"));
    const live = subscribe(client, "subscription { flagChanges { kind } }");
    const first = await live.next().catch((error: unknown) => error);
    if (first instanceof SubscriptionEnded) expect(JSON.stringify(first.errors)).not.toContain("kind");
    else expect(first).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
    await client.dispose();
  });
});
