/** What comes through HTTP in good form: GraphQL by POST and GET, OFREP, probes. */
import { anyCredential, type Credentials } from "./credentials.js";
import { hostileDocument } from "./hostile-documents.js";
import type { Answered, Sent } from "./judge.js";
import { type Names, oneOf } from "./names.js";
import type { GraphQLRequest, OperationMaker } from "./operations.js";
import type { Random } from "./random.js";
import { attributes, oddJson, oddText } from "./values.js";

/** What everything that sends is given. */
export interface Tools {
  readonly url: string;
  readonly random: Random;
  readonly names: Names;
  readonly operations: OperationMaker;
  readonly credentials: Credentials;
}

/** One exchange: what was sent, and what came back. */
export interface Exchange {
  readonly sent: Sent;
  readonly answer: Answered;
}

/** Hung up on, or never told. */
export class NoAnswer extends Error {
  constructor(
    readonly sent: Sent,
    override readonly cause: unknown,
  ) {
    super(`no answer: ${String(cause instanceof Error ? (cause.cause ?? cause) : cause)}`);
  }
}

/** Longer than any honest answer takes, on a busy machine too. */
const answerWithinMs = 20_000;

async function exchange(url: string, title: string, init: RequestInit): Promise<Exchange> {
  const { method = "GET", headers, body } = init;
  const shown = (): string =>
    [`${method} ${url}`, JSON.stringify(headers ?? {}), typeof body === "string" ? body : ""].join("\n");
  const sent = { title, shown, again: async () => exchange(url, title, init) };
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(answerWithinMs) });
    return { sent, answer: { status: response.status, body: await response.text() } };
  } catch (error) {
    throw new NoAnswer(sent, error);
  }
}

function headersOf(credential: string | null, type = "application/json"): Record<string, string> {
  return { "content-type": type, ...(credential !== null && { authorization: `Bearer ${credential}` }) };
}

/** Sends an operation as it is, so that it can also be sent smaller. */
export async function sendOperation(
  url: string,
  credential: string | null,
  { title, query, variables }: GraphQLRequest,
): Promise<Exchange> {
  const body = JSON.stringify({ query, variables });
  return exchange(`${url}/graphql`, title, { method: "POST", headers: headersOf(credential), body });
}

/** A fair operation with whatever arguments. */
export function anyOperation({ random, operations }: Tools): GraphQLRequest {
  return operations.make(random.chance(0.55) ? "mutation" : "query");
}

export function anyHostileDocument(tools: Tools): GraphQLRequest {
  return hostileDocument(tools.random, anyOperation(tools));
}

/** By GET, or with a body that is no operation. */
export async function oddGraphQL(tools: Tools): Promise<Exchange> {
  const { url, random, credentials } = tools;
  const credential = anyCredential(random, credentials);
  const { query, variables } = anyOperation(tools);
  if (random.chance(0.4)) {
    const search = new URLSearchParams({
      query: wellFormed(query),
      variables: wellFormed(JSON.stringify(variables)),
    });
    const headers = {
      ...headersOf(credential),
      ...(random.chance(0.8) && { "apollo-require-preflight": "1" }),
    };
    return exchange(`${url}/graphql?${search.toString()}`, "GraphQL by GET", { headers });
  }
  const body = random.pick<() => string>([
    () => JSON.stringify([{ query }, { query }]),
    () => JSON.stringify({ query, variables, operationName: oddText(random) }),
    () => JSON.stringify({ query, variables: oddJson(random) }),
    () => JSON.stringify({ query, extensions: oddJson(random) }),
    () => JSON.stringify({ query: oddJson(random) }),
    () =>
      JSON.stringify({ query, extensions: { persistedQuery: { version: 1, sha256Hash: oddText(random) } } }),
    () => JSON.stringify(oddJson(random)),
    () => JSON.stringify({ query, variables }).slice(0, random.below(100)),
    () => `{"query":"{ me { id } }","query":"{ x }","__proto__":{"query":"{ y }"}}`,
    () => oddText(random),
  ])();
  const type = random.chance(0.7)
    ? "application/json"
    : random.pick([
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/graphql",
        "",
      ]);
  return exchange(`${url}/graphql`, "GraphQL, odd body", {
    method: "POST",
    headers: headersOf(credential, type),
    body,
  });
}

/** Addresses have no place for half a character. */
function wellFormed(text: string): string {
  return text.slice(0, 6_000).replaceAll(/\p{Surrogate}/gu, "?");
}

/** Both evaluation endpoints, with bodies fair and odd. */
export async function anyOfrep({ url, random, names, credentials }: Tools): Promise<Exchange> {
  const credential = random.chance(0.7)
    ? random.pick(credentials.evaluators)
    : anyCredential(random, credentials);
  const isBulk = random.chance(0.4);
  const path = isBulk ? "" : `/${encodeURIComponent(wellFormed(oneOf(random, names.flags)))}`;
  const search = random.chance(0.5)
    ? `?project=${encodeURIComponent(wellFormed(oneOf(random, names.projects)))}&environment=${random.pick(names.environments)}`
    : "";
  const given = attributes(random);
  const body = random.weighed<() => unknown>([
    [8, () => ({ context: typeof given === "object" ? { targetingKey: "user-1", ...given } : given })],
    [1, () => ({ context: { targetingKey: oddJson(random) } })],
    [1, () => oddJson(random)],
    [1, () => ({})],
  ])();
  const headers = {
    ...headersOf(credential),
    ...(isBulk && random.chance(0.3) && { "if-none-match": random.pick(["*", '"x"', 'W/"x", "y"']) }),
  };
  const title = `OFREP ${isBulk ? "bulk" : "single"}`;
  const address = `${url}/ofrep/v1/evaluate/flags${path}${search}`;
  return exchange(address, title, { method: "POST", headers, body: JSON.stringify(body) });
}
