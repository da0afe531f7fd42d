/** What a storm saw: a table with a row for each promise, for the terminal, for a document, and for machines. */
import { growth } from "./measured.js";
import type { StormReport } from "./storm.js";
import type { Round } from "./weather.js";

export interface Figure {
  readonly promise: string;
  readonly seen: string;
}

export function figuresOf(report: StormReport): Figure[] {
  const { rounds, evaluated, crowd, log, rows, witness } = report;
  const writes = [...log.writes.values()];
  const count = (fits: (write: (typeof writes)[number]) => boolean): number => writes.filter(fits).length;
  const faults = rounds.reduce((sum, round) => sum + round.faults.length, 0);
  const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
  const { before, after } = witness;
  const { early, late } = growth(rounds.map(({ heap }) => heap));
  return [
    {
      promise: "faults injected",
      seen: `${faults} in ${rounds.length} rounds, of ${kindsOf(rounds).length} kinds`,
    },
    {
      promise: "all agree again after the healing (2.5 s)",
      seen: spread(rounds.map(({ afterMs }) => afterMs)),
    },
    {
      promise: "all agree while Redis is away (1.5 s)",
      seen: spread(rounds.flatMap(({ meanwhileMs }) => (meanwhileMs === null ? [] : [meanwhileMs]))),
    },
    { promise: "time lost to a busy machine", seen: spread(rounds.map(({ slackMs }) => slackMs)) },
    {
      promise: "no acknowledged write is lost or done twice",
      seen:
        `${count(({ outcome }) => outcome === "acknowledged")} acknowledged, of which ${count(({ outcome, attempts }) => outcome === "acknowledged" && attempts > 1)} were sent more than once; ` +
        `${count(({ outcome }) => outcome === "refused")} refused, ${count(({ outcome }) => outcome === "pending")} unknown; ${rows} rows in the ledger`,
    },
    {
      promise: "evaluations need neither PostgreSQL nor Redis",
      seen: `${evaluated.answered} answered, ${evaluated.failed} failed; ${spread(evaluated.took)}`,
    },
    {
      promise: "resume is exact",
      seen: `${report.options.subscribers} subscribers came back ${crowd.returns} times, took ${crowd.taken} updates, began anew ${crowd.resyncs} times`,
    },
    { promise: "doorbells lost, tripled or held back", seen: String(report.doorbellsMeddledWith) },
    { promise: "starts that failed and were tried again", seen: String(report.failedStarts) },
    {
      promise: "the server that lived through it, at rest, before → after",
      seen:
        `heap ${mebibytes(before.heap)} → ${mebibytes(after.heap)}, resident ${mebibytes(before.memory)} → ${mebibytes(after.memory)}, ` +
        `descriptors ${before.descriptors} → ${after.descriptors}, resources ${before.resources} → ${after.resources}; ` +
        `connections of clients ${before.connections.clients} → ${after.connections.clients}, ` +
        `to PostgreSQL ${before.connections.postgresql} → ${after.connections.postgresql}, to Redis ${before.connections.redis} → ${after.connections.redis}`,
    },
    {
      promise: "its heap under load, second quarter → last",
      seen: rounds.length < 4 ? "–" : `${mebibytes(early)} → ${mebibytes(late)}`,
    },
    { promise: "violations", seen: String(report.violations.length) },
  ];
}

export function told(report: StormReport): string {
  const width = Math.max(...figuresOf(report).map(({ promise }) => promise.length));
  return [
    ...kindsOf(report.rounds).map(([name, times]) => `${String(times).padStart(4)}  ${name}`),
    "",
    ...figuresOf(report).map(({ promise, seen }) => `${promise.padEnd(width)}  ${seen}`),
    ...(report.violations.length === 0
      ? []
      : [
          "",
          `Seed ${report.options.seed}; what the servers printed is in ${report.folder}.`,
          ...report.violations,
        ]),
  ].join("\n");
}

export function inMarkdown(report: StormReport): string {
  const { seed, seconds, instances } = report.options;
  return [
    `Seed ${seed}, ${Math.round(seconds / 60)} minutes, ${instances} servers.`,
    "",
    "| promise | seen |",
    "| --- | --- |",
    ...figuresOf(report).map(({ promise, seen }) => `| ${promise} | ${seen} |`),
    "",
    "| fault | times |",
    "| --- | --- |",
    ...kindsOf(report.rounds).map(([name, times]) => `| ${name} | ${times} |`),
    "",
  ].join("\n");
}

/** By name. */
function kindsOf(rounds: readonly Round[]): [name: string, times: number][] {
  const kinds = new Map<string, number>();
  for (const name of rounds.flatMap(({ faults }) => faults)) kinds.set(name, (kinds.get(name) ?? 0) + 1);
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `p50 12 ms, p99 80 ms, at most 95 ms`. */
function spread(milliseconds: readonly number[]): string {
  if (milliseconds.length === 0) return "–";
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number): string => `${Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0)} ms`;
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, at most ${at(1)}`;
}
