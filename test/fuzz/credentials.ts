/** Credentials of every kind: good ones with each role, spent ones, and rubbish. */
import { askGraphQL } from "../support/graphql-client.js";
import type { Random } from "./random.js";
import { oddText } from "./values.js";

export interface Credentials {
  /** ADMIN of the whole server, which nothing takes away. */
  readonly root: string;
  /** Of CLIENT and SERVER keys. */
  readonly evaluators: readonly string[];
  /** Of users and MANAGEMENT keys with other roles. */
  readonly others: readonly string[];
  /** Revoked, expired, signed out. */
  readonly spent: readonly string[];
  /** Ids that no operation may be told, so that the keys above live. */
  readonly kept: ReadonlySet<string>;
}

const password = "correct horse battery";

/** What is there from the start, so that not everything is asked in vain. */
const furniture = [
  'createProject(input: { key: "fuzz" }) { key }',
  ...[1, 2, 3, 4].map((index) => `createSegment(input: { key: "s-${index}" }) { key }`),
  ...["BOOLEAN", "BOOLEAN", "STRING", "NUMBER", "JSON", "JSON"].map((type, index) => {
    const values = type === "NUMBER" ? [1, 2.5] : type === "BOOLEAN" ? [true, false] : ['"red"', '"blue"'];
    const variants = values.map((value, at) => `{ key: "${at === 0 ? "on" : "off"}", value: ${value} }`);
    return `createFlag(input: { key: "f-${index + 1}", type: ${type}, variants: [${variants.join(", ")}],
      environments: [{ environment: "development", enabled: true }] }) { key }`;
  }),
];

/** Makes them, and something to do, on a fresh server. */
export async function makeCredentials(url: string, key: (name: string) => string): Promise<Credentials> {
  const root = key("management");
  const send = async <Data>(
    query: string,
    variables = {},
    credential: string | null = root,
  ): Promise<Data> => {
    const { data, errors } = await askGraphQL<Data>(url, query, variables, credential);
    if (!data) throw new Error(`${query}: ${JSON.stringify(errors)}`);
    return data;
  };
  const kept = await idsOfKeys(send);
  for (const mutation of furniture) await send(`mutation { ${mutation} }`);
  const makeKey = async (input: object): Promise<{ id: string; secret: string }> => {
    const { createApiKey } = await send<{ createApiKey: { secret: string; apiKey: { id: string } } }>(
      "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }",
      { input },
    );
    return { id: createApiKey.apiKey.id, secret: createApiKey.secret };
  };
  const others: string[] = [];
  for (const role of ["VIEWER", "DEVELOPER", "MANAGER"]) {
    for (const project of [null, "default", "fuzz"]) {
      others.push((await makeKey({ name: role, kind: "MANAGEMENT", role, project })).secret);
    }
  }
  const signIn = async (email: string): Promise<string> => {
    const login = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }";
    const made = await send<{ login: { accessToken: string } }>(login, { input: { email, password } }, null);
    return made.login.accessToken;
  };
  for (const [email, role] of [
    ["u-1@example.com", "ADMIN"],
    ["u-2@example.com", "DEVELOPER"],
  ]) {
    const create = "mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }";
    await send(create, { input: { email, password, role } });
    others.push(await signIn(email ?? ""));
  }
  const spent = [await signIn("u-2@example.com")];
  await send("mutation { logout }", {}, spent[0]);
  const revoked = await makeKey({ name: "revoked", kind: "MANAGEMENT", role: "ADMIN" });
  await send("mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { id } }", { id: revoked.id });
  const expiresAt = new Date(Date.now() + 500).toISOString();
  const expiring = await makeKey({ name: "expiring", kind: "MANAGEMENT", role: "ADMIN", expiresAt });
  spent.push(revoked.secret, expiring.secret);
  const evaluators = ["client", "server"].flatMap((kind) =>
    ["development", "staging", "production"].map((environment) => key(`${kind}_${environment}`)),
  );
  return { root, evaluators, others, spent, kept };
}

async function idsOfKeys(send: <Data>(query: string) => Promise<Data>): Promise<ReadonlySet<string>> {
  const { apiKeys, users } = await send<{
    apiKeys: { nodes: { id: string }[] };
    users: { nodes: { id: string }[] };
  }>("{ apiKeys { nodes { id } } users { nodes { id } } }");
  return new Set([...apiKeys.nodes, ...users.nodes].map(({ id }) => id));
}

/** null sends none. `root` is the likeliest, so that something happens. */
export function anyCredential(
  random: Random,
  { root, evaluators, others, spent }: Credentials,
): string | null {
  return random.weighed<() => string | null>([
    [48, () => root],
    [8, () => random.pick(evaluators)],
    [8, () => random.pick(others)],
    [2, () => random.pick(spent)],
    [2, () => null],
    [2, () => rubbish(random, random.pick([root, ...evaluators, ...others]))],
  ])();
}

/** A credential with something wrong, as far as a header can carry it. */
function rubbish(random: Random, good: string): string {
  const at = random.below(good.length);
  const made = random.pick([
    () => good.slice(0, at),
    () => `${good.slice(0, at)}A${good.slice(at + 1)}`,
    () => `${good}${good}`,
    () => "hal_management_",
    () => "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
    () => "x".repeat(random.pick([1, 4_000])),
    () => oddText(random),
  ])();
  return made.replaceAll(/[^\x21-\x7e]/g, "?");
}
