/**
 * `npm run prove:tracking -- --exposures 1000000 --events 400000 --seed 1`: on PostgreSQL and on the embedded database, or on that of `--database`;
 * ends with 1 where a sum is not what brute force finds. `--markdown <file>`: the table goes under the file's last heading.
 */
import "reflect-metadata";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openEmbedded } from "../../../../src/platform/database/embedded.js";
import type { OpenDatabase } from "../../../../src/platform/database/index.js";
import { openPostgres } from "../../../../src/platform/database/postgres.js";
import { underLastHeading } from "../../../statistics/simulations/report.js";
import { killable, startOwnPostgres } from "../../../support/services/postgres-server.js";
import { silentLog } from "../../../support/silent-log.js";
import { type Proof, prove } from "./prove.js";

const kinds = ["postgresql", "pglite"] as const;
const { values } = parseArgs({
  options: {
    exposures: { type: "string", default: "1000000" },
    events: { type: "string", default: "400000" },
    seed: { type: "string", default: "1" },
    database: { type: "string", multiple: true, default: [...kinds] },
    markdown: { type: "string" },
  },
});
const exposures = wholeNumber("exposures", values.exposures);
const events = wholeNumber("events", values.events);
const seed = wholeNumber("seed", values.seed);

process.once("SIGINT", () => process.exit(130)); // which ends what was started

const proofs: Proof[] = [];
for (const kind of kinds.filter((one) => values.database.includes(one))) {
  const { opened, remove } = await openNew(kind);
  try {
    await opened.migrate();
    const began = performance.now();
    const tell = (line: string): void =>
      console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)}  ${kind}: ${line}`);
    proofs.push(await prove(opened, { exposures, events, seed, tell }));
  } finally {
    await opened.close();
    await remove();
  }
}
if (proofs.length === 0) throw new Error(`--database must be one of ${kinds.join(", ")}.`);
for (const { differences } of proofs) for (const difference of differences) console.log(difference);

const table = tableOf(proofs);
console.log(table);
if (values.markdown !== undefined) {
  const command = `npm run prove:tracking -- --exposures ${exposures} --events ${events} --seed ${seed}`;
  const text = `\`${command}\` measured:\n\n${table}`;
  await writeFile(values.markdown, underLastHeading(await readFile(values.markdown, "utf8"), text));
}
process.exit(proofs.every(({ differences }) => differences.length === 0) ? 0 : 1);

interface NewDatabase {
  readonly opened: OpenDatabase;
  readonly remove: () => Promise<void>;
}

/** One of its own, with nothing in it. */
async function openNew(kind: (typeof kinds)[number]): Promise<NewDatabase> {
  if (kind === "postgresql") {
    const server = await startOwnPostgres(killable);
    const silenceMs = 3_600_000; // brute force takes its time
    return { opened: await openPostgres(server.url, { silenceMs }), remove: server.stop };
  }
  const folder = await mkdtemp(join(tmpdir(), "halyard-proof-"));
  return {
    opened: await openEmbedded(folder, silentLog),
    remove: async () => rm(folder, { recursive: true, force: true }),
  };
}

function tableOf(all: readonly Proof[]): string {
  const cells = [
    ["database", "exposures", "events", "told", "stored a second", "seconds", "cells", "differences"],
    ...all.map((proof) => [
      proof.database,
      ...[proof.exposures, proof.events, proof.told].map(String),
      ...[proof.perSecond.toFixed(0), proof.seconds.toFixed(0), String(proof.cells)],
      String(proof.differences.length),
    ]),
  ];
  const [header = []] = cells;
  const widths = header.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const [first = [], ...rest] = cells.map((line) =>
    line.map((cell, column) => cell.padEnd(widths[column] ?? 0)),
  );
  const rule = widths.map((width) => "-".repeat(width));
  return [first, rule, ...rest].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} must be a whole number above 0, got ${text}.`);
  return Number(text);
}
