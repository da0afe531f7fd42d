/** `npm run fuzz -- --seconds 60 --seed 1`: fuzzes for that long, tells what it saw, and ends with 1 where something was wrong. */
import "reflect-metadata";
import { parseArgs } from "node:util";
import { randomInt } from "node:crypto";
import { buildGraphQLSchema } from "../../src/api/graphql/schema.js";
import { fuzz } from "./fuzz.js";
import { told } from "./report.js";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, seed: { type: "string" } },
});
const seed = Number(values.seed ?? randomInt(2 ** 31));
const seconds = Number(values.seconds);
console.log(`Seed ${seed}, ${seconds} seconds.`);

const report = await fuzz({ schema: await buildGraphQLSchema(), seed, seconds, connections: 6 });
console.log(told(report));
process.exit(report.violations.length === 0 ? 0 : 1);
