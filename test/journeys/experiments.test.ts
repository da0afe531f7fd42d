/** Experiments through the real doors, in small: one is promoted, one rolled back, one held up; `npm run journey:experiments` has the whole crowd. */
import { beforeAll, describe, expect, it } from "vitest";
import { freshPostgresUrl } from "../support/databases.js";
import { redisUrl } from "../support/services.js";
import { type Outcome, scenarios, travel } from "./experiments/journey.js";

const redis = await redisUrl("experiments on PostgreSQL and Redis");

describe.skipIf(redis === undefined)("experiments on two processes", () => {
  let outcomes: readonly Outcome[];

  beforeAll(async () => {
    const services = { DATABASE_URL: await freshPostgresUrl(), REDIS_URL: redis ?? "" };
    outcomes = await travel({ services, people: 800, seed: 1, patienceMs: 90_000, tell: () => undefined });
  }, 300_000);

  it.each([...scenarios.map(({ title }) => title), "the stage"])("%s", (title) => {
    expect(outcomes.find((outcome) => outcome.title === title)?.broken).toEqual([]);
  });
});
