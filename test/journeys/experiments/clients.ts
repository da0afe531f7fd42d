/** Those who come to the doors of a server process: people who change things, pages that evaluate, backends that track. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, askGraphQL } from "../../support/graphql-client.js";

/** Throws what the server refuses. */
export async function ask<Data>(
  url: string,
  credential: string | null,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Data> {
  const { data, errors }: Answer<Data> = await askGraphQL(url, query, variables, credential);
  if (errors !== undefined || !data) throw new Error(`${query}: ${JSON.stringify(errors)}`);
  return data;
}

/** Calls a mutation whose only argument is `input`, of the named type. */
export async function mutate<Data>(
  url: string,
  credential: string | null,
  [mutation, type, fields]: readonly [mutation: string, type: string, fields: string],
  input: object,
): Promise<Data> {
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} } }`;
  const data = await ask<Readonly<Record<string, Data>>>(url, credential, query, { input });
  return data[mutation] as Data;
}

/** Gives the variant, through GraphQL or OFREP; whoever is answered so was shown it. */
export type Visit = (url: string, key: string, flagKey: string, who: string) => Promise<string>;

export const byGraphQL: Visit = async (url, key, flagKey, who) => {
  const query =
    "query ($flagKey: String!, $who: String!) { evaluate(flagKey: $flagKey, context: { targetingKey: $who }) { variant } }";
  const data = await ask<{ evaluate: { variant: string } }>(url, key, query, { flagKey, who });
  return data.evaluate.variant;
};

export const byOfrep: Visit = async (url, key, flagKey, who) => {
  const response = await fetch(`${url}/ofrep/v1/evaluate/flags/${flagKey}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ context: { targetingKey: who } }),
  });
  const answer = (await response.json()) as { variant?: string };
  if (answer.variant === undefined) throw new Error(`OFREP ${response.status}: ${JSON.stringify(answer)}`);
  return answer.variant;
};

/** Gives the variants that ten people get, and shows them to nobody. */
export async function peek(
  url: string,
  key: string,
  flagKey: string,
  ten: readonly string[],
): Promise<string[]> {
  const fields = ten.map(
    (who, index) =>
      `p${index}: evaluate(flagKey: "${flagKey}", context: { targetingKey: "${who}" }, recordExposure: false) { variant }`,
  );
  const data = await ask<Readonly<Record<string, { variant: string }>>>(url, key, `{ ${fields.join("\n")} }`);
  return Object.values(data).map(({ variant }) => variant);
}

export interface Told {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly message: string }[];
}

const most = 500;

/** Sends entries in batches, and the first batch twice, as whoever got no answer does. */
export async function tell(
  url: string,
  key: string,
  kind: "track" | "trackExposures",
  entries: readonly object[],
): Promise<Told> {
  const [type, list] = kind === "track" ? ["TrackInput", "events"] : ["TrackExposuresInput", "exposures"];
  const batches = [entries.slice(0, most)];
  for (let first = 0; first < entries.length; first += most) batches.push(entries.slice(first, first + most));
  let total: Told = { accepted: 0, duplicates: 0, rejected: [] };
  for (const batch of batches) {
    const call = [kind, type, "accepted duplicates rejected { message }"] as const;
    const one = await mutate<Told>(url, key, call, { [list]: batch });
    total = {
      accepted: total.accepted + one.accepted,
      duplicates: total.duplicates + one.duplicates,
      rejected: [...total.rejected, ...one.rejected],
    };
  }
  return total;
}

/** How many the first batch has, which is known when it comes again. */
export function toldTwice(entries: readonly object[]): number {
  return Math.min(entries.length, most);
}

/** What both processes counted of a metric together, by its only label, in the order of that. */
export async function counted(
  urls: readonly string[],
  metric: string,
): Promise<readonly (readonly [label: string, count: number])[]> {
  const totals = new Map<string, number>();
  for (const url of urls) {
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const [, label = "", value] of text.matchAll(new RegExp(`^${metric}{[^"]*"(\\w+)"} (\\d+)`, "gm")))
      totals.set(label, (totals.get(label) ?? 0) + Number(value));
  }
  return [...totals].toSorted(([one], [other]) => one.localeCompare(other));
}

const pollMs = 200;

/** Asks again until the answer is as wished; throws after `withinMs`, with what it still was. */
export async function until<Found>(
  what: string,
  find: () => Promise<Found>,
  isIt: (found: Found) => boolean,
  withinMs: number,
): Promise<Found> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await find();
    if (isIt(found)) return found;
    if (performance.now() > deadline) {
      throw new Error(`No ${what} within ${withinMs} ms; found ${JSON.stringify(found).slice(0, 2_000)}.`);
    }
    await sleep(pollMs);
  }
}

/** Works on all of them, so many at a time. */
export async function inLanes<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
