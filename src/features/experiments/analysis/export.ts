/** Results as files: a table for spreadsheets (CSV, RFC 4180), and everything for programs (JSON). */
import type { ComparisonResult, ExperimentResults, Judgement, MetricResult } from "./results.js";

type Cell = string | number | boolean | null;

interface Row {
  readonly metric: MetricResult;
  /** Of the experiment. */
  readonly alpha: number;
  readonly variant: string;
  /** null: the control. */
  readonly comparison: ComparisonResult | null;
}

type Column = readonly [name: string, value: (row: Row) => Cell];

const columns: readonly Column[] = [
  ["metric", ({ metric }) => metric.metric],
  ["role", ({ metric }) => metric.role],
  ["direction", ({ metric }) => metric.direction],
  ["variant", ({ variant }) => variant],
  ["is_control", ({ comparison }) => comparison === null],
  ["units", (row) => armOf(row)?.units ?? null],
  ["nonzero", (row) => armOf(row)?.nonzero ?? null],
  ["value", (row) => armOf(row)?.value ?? null],
  ["value_lower", (row) => armOf(row)?.range.lower ?? null],
  ["value_upper", (row) => armOf(row)?.range.upper ?? null],
  ["chance_to_be_best", (row) => armOf(row)?.chanceToBeBest ?? null],
  ["baseline", ({ comparison }) => comparison?.baseline ?? null],
  ["difference", ({ comparison }) => comparison?.difference ?? null],
  ["lift", ({ comparison }) => comparison?.lift ?? null],
  ...judgementColumns("fixed_horizon", ({ fixedHorizon }) => fixedHorizon),
  ...judgementColumns("anytime", ({ anytime }) => anytime),
  ...judgementColumns("group_sequential", ({ groupSequential }) => groupSequential),
  ["adjusted_p_value", ({ comparison }) => comparison?.adjustedPValue ?? null],
  ["effect", ({ comparison }) => comparison?.effect ?? null],
  ["chance_to_win", ({ comparison }) => comparison?.chanceToWin ?? null],
  ["expected_loss", ({ comparison }) => comparison?.expectedLoss ?? null],
  ["guardrail", ({ comparison }) => comparison?.guardrail?.state ?? null],
  ["guardrail_margin", ({ comparison }) => comparison?.guardrail?.margin ?? null],
  ["guardrail_harm_least", ({ comparison }) => comparison?.guardrail?.leastHarm ?? null],
  ["guardrail_harm_most", ({ comparison }) => comparison?.guardrail?.mostHarm ?? null],
  ["level", ({ alpha }) => Number((1 - alpha).toPrecision(12))],
];

function judgementColumns(
  name: string,
  of: (comparison: ComparisonResult) => Judgement | null,
): readonly Column[] {
  const figure = (pick: (judgement: Judgement) => number | null) => (row: Row) => {
    const judgement = row.comparison && of(row.comparison);
    return judgement && pick(judgement);
  };
  return [
    [`${name}_difference_lower`, figure(({ difference }) => difference.lower)],
    [`${name}_difference_upper`, figure(({ difference }) => difference.upper)],
    [`${name}_lift_lower`, figure(({ lift }) => lift.lower)],
    [`${name}_lift_upper`, figure(({ lift }) => lift.upper)],
    [`${name}_p_value`, figure(({ pValue }) => pValue)],
  ];
}

/** One line of names and one for each metric and variant, numbers with all their digits, nothing where nothing is known. */
export function toCsv(results: ExperimentResults): string {
  const lines = [
    columns.map(([name]) => name),
    ...rowsOf(results).map((row) => columns.map(([, of]) => of(row))),
  ];
  return lines.map((line) => `${line.map(field).join(",")}\r\n`).join("");
}

/** All of the results, to be read back with every digit. */
export function toJson(results: ExperimentResults): string {
  return `${JSON.stringify(results, null, 2)}\n`;
}

function rowsOf({ metrics, alpha }: ExperimentResults): Row[] {
  return metrics.flatMap((metric) =>
    metric.arms.map(({ variant }) => ({
      metric,
      alpha,
      variant,
      comparison: metric.comparisons.find((comparison) => comparison.variant === variant) ?? null,
    })),
  );
}

function armOf({ metric, variant }: Row) {
  return metric.arms.find((arm) => arm.variant === variant);
}

function field(cell: Cell): string {
  if (cell === null) return "";
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
