/** A server whose clock the test moves, and people with an app on their phone, at the real door. */
import { codeAt } from "../support/authenticator.js";
import type { Answer } from "../support/graphql-client.js";
import { startServer, type TestServer } from "../support/server.js";

export const password = "correct horse battery";
export const stepMs = 30_000;

export interface Scene {
  readonly server: TestServer;
  readonly now: () => number;
  /** Lets time go by. */
  readonly ahead: (ms: number) => Promise<void>;
}

/** The clock stands until it is moved, so that codes are those of a known step. */
export async function openScene(): Promise<Scene> {
  let instant = Math.floor(Date.now() / stepMs) * stepMs + 1_000;
  const now = (): number => instant;
  const server = await startServer("pglite", { RATE_LIMIT_SIGN_IN: "0" }, now);
  return {
    server,
    now,
    ahead: async (ms) => {
      instant += ms;
      const { isCutOff } = server.app.tools;
      while (isCutOff()) await new Promise((resolve) => void setTimeout(resolve, 50));
    },
  };
}

/** The code of the only error, or `ok`. */
export function outcomeOf({ errors }: Answer): string {
  return errors === undefined ? "ok" : errors.map(({ extensions }) => extensions.code).join();
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

const tokens = "accessToken refreshToken";
const loginDocument = `mutation ($email: String!, $password: String!, $otp: String) {
  login(input: { email: $email, password: $password, otp: $otp }) { ${tokens} } }`;

const refreshDocument = `mutation ($token: String!) { refresh(input: { refreshToken: $token }) { ${tokens} } }`;

const beginDocument =
  "mutation ($password: String!) { beginTwoFactor(input: { password: $password }) { secret uri } }";

export type Person = ReturnType<typeof personOf>;

/** Somebody with an account, who has not signed in yet. */
export function personOf({ server, now }: Scene, email: string) {
  let current: Tokens = { accessToken: "", refreshToken: "" };
  let secret = "";
  let recoveryCodes: readonly string[] = [];
  const ask = async (document: string, variables: Readonly<Record<string, unknown>> = {}) =>
    server.graphql(document, variables, current.accessToken);
  const keep = (answer: Answer<Record<string, Tokens | null>>): string => {
    const [session] = Object.values(answer.data ?? {});
    if (session !== undefined && session !== null) current = session;
    return outcomeOf(answer);
  };
  const withCode = async (operation: string, code: string): Promise<string> =>
    keep(
      await server.graphql<Record<string, Tokens | null>>(
        `mutation ($code: String!) { ${operation}(input: { code: $code }) { ${tokens} } }`,
        { code },
        current.accessToken,
      ),
    );
  return {
    email,
    ask,
    tokens: () => current,
    secret: () => secret,
    recoveryCodes: () => recoveryCodes,
    /** The code that the app shows, that many steps from now. */
    code: (steps = 0): string => codeAt(secret, now() + steps * stepMs),
    /** The outcome of an operation. */
    tries: async (document: string, variables: Readonly<Record<string, unknown>> = {}): Promise<string> =>
      outcomeOf(await ask(document, variables)),
    /** Keeps the tokens; gives the outcome. */
    signIn: async (otp: string | null = null, typed = password): Promise<string> =>
      keep(await server.graphql(loginDocument, { email, password: typed, otp }, null)),
    /** Goes on with the next tokens; gives the outcome. */
    refresh: async (): Promise<string> =>
      keep(await server.graphql(refreshDocument, { token: current.refreshToken }, null)),
    stepUp: async (code: string): Promise<string> => withCode("stepUp", code),
    disable: async (code: string): Promise<string> => withCode("disableTwoFactor", code),
    /** Sets the second factor up; gives the outcome. */
    enrol: async (): Promise<string> => {
      const begun = await ask(beginDocument, { password });
      secret = (begun.data?.["beginTwoFactor"] as { secret?: string } | null | undefined)?.secret ?? "";
      const confirmed = await server.graphql<{
        confirmTwoFactor: { session: Tokens; recoveryCodes: string[] };
      }>(
        `mutation ($code: String!) { confirmTwoFactor(input: { code: $code }) { session { ${tokens} } recoveryCodes } }`,
        { code: codeAt(secret, now()) },
        current.accessToken,
      );
      if (confirmed.data?.confirmTwoFactor) {
        current = confirmed.data.confirmTwoFactor.session;
        ({ recoveryCodes } = confirmed.data.confirmTwoFactor);
      }
      return outcomeOf(confirmed);
    },
  };
}

/** An account with that role of the whole server. */
export async function addPerson(scene: Scene, name: string, role: string): Promise<Person> {
  const email = `${name}@example.com`;
  const { errors } = await scene.server.graphql(
    `mutation ($email: String!, $password: String!, $role: Role) {
      createUser(input: { email: $email, password: $password, role: $role }) { id } }`,
    { email, password, role },
  );
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return personOf(scene, email);
}

/** One who has just set a second factor up: signed in, and stepped up. */
async function setUp(scene: Scene, name: string, role: string): Promise<Person> {
  const person = await addPerson(scene, name, role);
  const outcomes = [await person.signIn(), await person.enrol()];
  if (outcomes.join() !== "ok,ok") throw new Error(`Setting up ended with ${outcomes.join()}.`);
  return person;
}

/** One who set a second factor up a minute ago, so that no code is one that was taken. */
export async function addEnrolled(scene: Scene, name: string, role: string): Promise<Person> {
  const person = await setUp(scene, name, role);
  await scene.ahead(2 * stepMs);
  return person;
}

const minute = 60_000;

/** Several who signed in with a code a quarter of an hour ago, by name. */
export async function addStale(
  scene: Scene,
  wanted: readonly { readonly name: string; readonly role: string }[],
): Promise<ReadonlyMap<string, Person>> {
  const people = new Map<string, Person>();
  for (const { name, role } of wanted) people.set(name, await setUp(scene, name, role));
  await scene.ahead(9 * minute);
  for (const person of people.values()) await person.refresh();
  await scene.ahead(6 * minute);
  return people;
}
