/** A short storm in the ordinary tests: real server processes, half a minute, always the same seed; the long one is `npm run faults`. */
import { expect, it } from "vitest";
import { redisUrl, service } from "../support/services.js";
import { told } from "./storm/report.js";
import { storm } from "./storm/storm.js";

const handful = new Set([
  "Redis is killed",
  "PostgreSQL is killed",
  "PostgreSQL and Redis are killed",
  "lines to PostgreSQL swallow everything at one server",
  "a server is killed",
]);

const hasRedis = (await redisUrl("a short storm")) !== undefined;

it.skipIf(!hasRedis)(
  "a short storm breaks no promise",
  async () => {
    const { main } = await service("built");
    const lines: string[] = [];
    const report = await storm({
      ...{ seed: 20, seconds: 8, instances: 2, main, writers: 3, subscribers: 30 },
      chooses: (fault) => handful.has(fault),
      tell: (line) => lines.push(line),
    });
    const happened = [...lines, told(report)].join("\n");
    expect(report.violations, happened).toEqual([]);
    expect(report.rounds.length, happened).toBeGreaterThan(0);
    expect(report.evaluated.answered, happened).toBeGreaterThan(0);
    expect(report.log.acknowledged().size, happened).toBeGreaterThan(0);
  },
  120_000,
);
