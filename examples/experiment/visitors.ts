/** Lets made-up visitors come to the experiment of docs/experiments.md, so that its results can be watched before there are real ones. */
import { setTimeout } from "node:timers/promises";

interface Event {
  readonly id: string;
  readonly metric: string;
  readonly unit: string;
  readonly at: string;
}

const visitors = 3_000;
const atOnce = 50;
const roundMs = 1_000;

/** Of all who see a variant, how many do it. */
const purchaseRates: Readonly<Record<string, number>> = { blue: 0.1, green: 0.16 };
const failureRate = 0.03;

const [key, server = "http://127.0.0.1:4000"] = process.argv.slice(2);
if (key === undefined) {
  console.error("Give the CLIENT key of development, and the server's address if it is another one.");
  process.exit(2);
}
const authorization = `Bearer ${key}`;
const run = Date.now().toString(36); // so that everybody is somebody new each time

for (let come = 0; come < visitors; come += atOnce) {
  const names = Array.from({ length: atOnce }, (_, index) => `visitor-${run}-${come + index}`);
  const events = (await Promise.all(names.map(visit))).flat();
  if (events.length > 0) await track(events);
  console.log(`${come + atOnce} of ${visitors} visitors came.`);
  await setTimeout(roundMs);
}

/** Whoever is answered takes part; what they do is theirs by their name. */
async function visit(unit: string): Promise<readonly Event[]> {
  const { evaluate } = await ask<{ evaluate: { variant: string } }>(
    'query($unit: String!) { evaluate(flagKey: "checkout-button", context: { targetingKey: $unit }) { variant } }',
    { unit },
  );
  const at = new Date().toISOString();
  const does = (metric: string, rate: number): readonly Event[] =>
    Math.random() < rate ? [{ id: `${metric}-${unit}`, metric, unit, at }] : [];
  return [...does("purchase", purchaseRates[evaluate.variant] ?? 0), ...does("payment-failed", failureRate)];
}

async function track(events: readonly Event[]): Promise<void> {
  const { track: result } = await ask<{ track: { rejected: readonly { message: string }[] } }>(
    "mutation($events: [TrackEventInput!]!) { track(input: { events: $events }) { rejected { message } } }",
    { events },
  );
  for (const { message } of result.rejected) console.error(message);
}

async function ask<Data>(query: string, variables: object): Promise<Data> {
  const response = await fetch(`${server}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as {
    data?: Data | null;
    errors?: readonly { message: string }[];
  };
  if (errors !== undefined || !data) throw new Error(errors?.[0]?.message ?? "There is no answer.");
  return data;
}
