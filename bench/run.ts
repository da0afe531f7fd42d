/** `npm run bench`: every figure with a reference measured in the same run, interleaved; medians of several rounds. */
import "reflect-metadata";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { evaluatorBench } from "./evaluator.js";
import { experimentResultsBench } from "./experiment-results.js";
import { exposedEvaluationBench } from "./exposed-evaluation.js";
import { exposedRequestsBench } from "./exposed-requests.js";
import type { Bench, Figure } from "./figure.js";
import { propagationBench } from "./propagation.js";
import { signInBench } from "./sign-in.js";
import { slowConsumersBench } from "./slow-consumers.js";
import { startBench } from "./start.js";
import { trackingBench } from "./tracking.js";

const benches: Readonly<Record<string, Bench>> = {
  evaluator: evaluatorBench,
  "experiment-results": experimentResultsBench,
  "exposed-evaluation": exposedEvaluationBench,
  "exposed-requests": exposedRequestsBench,
  propagation: propagationBench,
  "sign-in": signInBench,
  "slow-consumers": slowConsumersBench,
  start: startBench,
  tracking: trackingBench,
};

const { values, positionals } = parseArgs({
  options: { json: { type: "string" } },
  allowPositionals: true,
});
const wanted = positionals.length === 0 ? Object.keys(benches) : positionals;
const figures: (Figure & { readonly bench: string })[] = [];
for (const name of wanted) {
  const bench = benches[name];
  if (bench === undefined) throw new Error(`There is no bench ${name}: ${Object.keys(benches).join(", ")}.`);
  for (const figure of await bench()) figures.push({ bench: name, ...figure });
}
console.table(
  figures.map(({ bench, name, value, unit, reference, ratio }) => ({
    bench,
    figure: name,
    median: `${Number(value.toPrecision(3))} ${unit}`,
    reference,
    ratio: ratio.toPrecision(3),
  })),
);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
