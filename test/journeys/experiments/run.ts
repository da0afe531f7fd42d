/** `npm run journey:experiments -- --users 20000 --seed 1`: three experiments through the real doors, told as they happen; ends with 1 where a claim did not hold. */
import "reflect-metadata";
import { parseArgs } from "node:util";
import { startOwnPostgres } from "../../support/services/postgres-server.js";
import { startRedis } from "../../support/services/redis-server.js";
import { travel } from "./journey.js";
import { told } from "./report.js";

const { values } = parseArgs({
  options: { users: { type: "string", default: "20000" }, seed: { type: "string", default: "1" } },
});
const people = wholeNumber("users", values.users);
const seed = wholeNumber("seed", values.seed);
const fewest = 800;
if (people < fewest) throw new Error(`--users must be ${fewest} at least: fewer prove nothing.`);

process.once("SIGINT", () => process.exit(130)); // which ends what was started

const postgres = await startOwnPostgres();
const redis = await startRedis();
if (redis === undefined)
  throw new Error("The journey needs a Redis: TEST_REDIS_URL, redis-server on the PATH, or Docker.");
const services = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
const began = performance.now();
const tell = (line: string): void =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)}  ${line}`);
const outcomes = await travel({ services, people, seed, patienceMs: 600_000, tell });
console.log(told(outcomes, people));
await redis.stop();
await postgres.stop();
process.exit(outcomes.every(({ broken }) => broken.length === 0) ? 0 : 1);

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} must be a whole number above 0, got ${text}.`);
  return Number(text);
}
