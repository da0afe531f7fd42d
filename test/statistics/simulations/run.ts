/**
 * `npm run simulate`: puts every claim of the statistics to the test and ends with 1 where a bound is broken.
 * `--seed 1 --tests 10000`, `--only <name>` (as often as wanted), `--json <file>`, `--markdown <file>`: the table goes under
 * the file's last heading.
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { isKept, type Row } from "./claim.js";
import { isSimulation, simulations } from "./claims.js";
import { Random } from "./random.js";
import { markdownTable, told, underLastHeading } from "./report.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    tests: { type: "string", default: "10000" },
    only: { type: "string", multiple: true, default: Object.keys(simulations) },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});
const seed = wholeNumber("seed", values.seed);
const tests = wholeNumber("tests", values.tests);
if (tests < 1) throw new Error("At least one test is needed.");

const rows: Row[] = [];
for (const name of values.only) {
  if (!isSimulation(name))
    throw new Error(`There is no simulation ${name}: ${Object.keys(simulations).join(", ")}.`);
  const measured = simulations[name](tests, new Random(seed, name));
  console.log([name, ...measured.map(told)].join("\n  "));
  rows.push(...measured);
}

const broken = rows.filter((row) => !isKept(row)).length;
console.log(`${rows.length} figures, ${broken} of them break their bound. Seed ${seed}, ${tests} tests.`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`);
if (values.markdown !== undefined) {
  const text = `\`npm run simulate -- --seed ${seed} --tests ${tests}\` measured:\n\n${markdownTable(rows)}`;
  await writeFile(values.markdown, underLastHeading(await readFile(values.markdown, "utf8"), text));
}
process.exit(broken === 0 ? 0 : 1);

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} must be a whole number, got ${text}.`);
  return Number(text);
}
