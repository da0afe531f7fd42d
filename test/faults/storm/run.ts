/** `npm run faults -- --minutes 30 --seed 1`: a storm for that long, told as it happens, with a table at the end; ends with 1 where a promise was broken. */
import "reflect-metadata";
import { randomInt } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { figuresOf, inMarkdown, told } from "./report.js";
import { storm } from "./storm.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    seed: { type: "string" },
    instances: { type: "string", default: "2" },
    /** Only faults whose name holds this. */
    only: { type: "string", default: "" },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});
const main = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const seed = Number(values.seed ?? randomInt(2 ** 31));
const seconds = Number(values.minutes) * 60;
console.log(`Seed ${seed}, ${values.minutes} minutes.`);

process.once("SIGINT", () => process.exit(130)); // which ends what was started

const began = performance.now();
const report = await storm({
  ...{ seed, seconds, instances: Number(values.instances) },
  ...{ main, writers: 4, subscribers: 100 },
  chooses: (fault) => fault.includes(values.only),
  tell: (line) => console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)}  ${line}`),
});
console.log(`\n${told(report)}`);
const { rounds, violations } = report;
if (values.json !== undefined) {
  const everything = { seed, seconds, figures: figuresOf(report), rounds, violations };
  await writeFile(values.json, `${JSON.stringify(everything, null, 2)}\n`);
}
if (values.markdown !== undefined) await writeFile(values.markdown, inMarkdown(report));
process.exit(violations.length === 0 ? 0 : 1);
