/** Answers over HTTP by an experiment that records whom it was shown, beside answers by the same split of no experiment, by turns. */
import { askGraphQL } from "../test/support/graphql-client.js";
import { type Figure, figureOf, type Round } from "./figure.js";
import { startBuiltServer } from "./server.js";

const rounds = 12;
const each = 3_000;
const lanes = 16;
/** Of those who were asked about before. */
const people = 2_000;
const split = '[{ variant: "on", percent: 50 }, { variant: "off", percent: 50 }]';
const furniture = [
  'createMetric(input: { key: "bought", type: CONVERSION }) { key }',
  ...["measured", "plain"].map((key) => `createFlag(input: { key: "${key}" }) { key }`),
  'setFlagEnabled(input: { flagKey: "plain", environment: "development", enabled: true }) { version }',
  `addRule(input: { flagKey: "plain", environment: "development", rule: { serve: { split: ${split} } } }) { id }`,
  'setFlagEnabled(input: { flagKey: "measured", environment: "development", enabled: true }) { version }',
  `createExperiment(input: { key: "trial", flagKey: "measured", environment: "development",
     metrics: [{ metric: "bought", role: PRIMARY }] }) { key }`,
  'startExperiment(input: { experiment: "trial" }) { key }',
];

export async function exposedRequestsBench(): Promise<readonly Figure[]> {
  const server = await startBuiltServer(undefined, { RATE_LIMIT_EVALUATION: "0" });
  try {
    for (const mutation of furniture) await make(server.url, server.key("management"), mutation);
    const ask = asker(server.url, server.key("server_development"));
    const returning = (round: number) => (index: number) => `person-${(round + index) % people}`;
    const stranger = (round: number) => (index: number) => `stranger-${round}-${index}`;
    await ask("measured", returning(0));
    const measured: Record<"returning" | "stranger", Round[]> = { returning: [], stranger: [] };
    for (let round = 0; round < rounds; round += 1) {
      measured.returning.push(await inTurn(ask, returning(round), round % 2 === 0));
      measured.stranger.push(await inTurn(ask, stranger(round), round % 2 === 0));
    }
    const reference = "by the same split of no experiment";
    return [
      figureOf(
        "answers over HTTP by an experiment, of people seen before",
        "/s",
        reference,
        measured.returning,
      ),
      figureOf("answers over HTTP by an experiment, everybody new", "/s", reference, measured.stranger),
    ];
  } finally {
    await server.stop();
  }
}

type Ask = (flag: string, person: (index: number) => string) => Promise<number>;

/** Answers a second of each kind; which comes first changes from round to round. */
async function inTurn(ask: Ask, person: (index: number) => string, isFirst: boolean): Promise<Round> {
  const first = await ask(isFirst ? "measured" : "plain", person);
  const second = await ask(isFirst ? "plain" : "measured", person);
  return isFirst ? { value: first, reference: second } : { value: second, reference: first };
}

/** Asks `each` times in lanes, each with a connection of its own; gives answers a second. */
function asker(url: string, key: string): Ask {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  return async (flag, person) => {
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < each; index = next++) {
        const body = JSON.stringify({
          context: { targetingKey: person(index), country: "DE", plan: "free" },
        });
        const response = await fetch(`${url}/ofrep/v1/evaluate/flags/${flag}`, {
          method: "POST",
          headers,
          body,
        });
        const { reason } = (await response.json()) as { reason?: string };
        if (reason !== "SPLIT") throw new Error(`${flag} answered ${reason} (${response.status}).`);
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: lanes }, lane));
    return (1_000 * each) / (performance.now() - began);
  };
}

async function make(url: string, key: string, mutation: string): Promise<void> {
  const { errors } = await askGraphQL(url, `mutation { ${mutation} }`, {}, key);
  if (errors !== undefined) throw new Error(`${mutation}: ${JSON.stringify(errors)}`);
}
