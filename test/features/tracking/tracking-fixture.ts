/** A place with flags, metrics and days for events, and what a trial's sums must be, worked out from what is stored by the definition alone. */
import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { note, write } from "../../../src/features/ledger/index.js";
import { type Caller, cliCaller, permit } from "../../../src/features/permissions/index.js";
import { insertMetric } from "../../../src/features/tracking/metric.store.js";
import type { Metric, MetricSettings, MetricType } from "../../../src/features/tracking/metric.js";
import { listDays, makeDay } from "../../../src/features/tracking/partition.store.js";
import type { TrialSums } from "../../../src/features/tracking/sums.js";
import {
  sourcesOf,
  type TrialMetric,
  type TrialSlot,
  variantAt,
} from "../../../src/features/tracking/trial.js";
import { beginTrial, type NewTrial } from "../../../src/features/tracking/trial.store.js";
import {
  type Database,
  type OpenDatabase,
  rowsOf,
  type Transaction,
} from "../../../src/platform/database/index.js";
import { type Instance, openInstance } from "../delivery/delivery-fixture.js";

export const place = { project: "default", environment: "staging" };

export const dayMs = 86_400_000;
/** When trials of the tests begin. */
export const start = Date.parse("2026-03-10T12:00:00Z");

export interface Tracked extends Instance {
  readonly database: Database;
  /** By key. */
  readonly metrics: ReadonlyMap<string, Metric>;
  /** A writing transaction. */
  readonly note: <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>;
}

const settings: Omit<MetricSettings, "name" | "type"> = {
  ...{ description: null, direction: "INCREASE", windowHours: null, cap: null, unit: null, decimals: 0 },
  ...{ numerator: null, denominator: null },
};

const kinds: readonly (readonly [key: string, type: MetricType, numerator?: string, denominator?: string])[] =
  [
    ["bought", "CONVERSION"],
    ["clicks", "COUNT"],
    ["revenue", "SUM"],
    ["latency", "MEAN"],
    ["per-click", "RATIO", "revenue", "clicks"],
    ["per-buyer", "RATIO", "revenue", "bought"],
  ];

/** An instance with the flags `checkout` and `banner`, the metrics above, and days from three weeks before `start` to a week after. */
export async function openTracked(opened: OpenDatabase, now: () => number = () => start): Promise<Tracked> {
  const instance = await openInstance({ opened, now });
  const { database } = opened;
  await instance.addFlag("checkout");
  await instance.addFlag("banner");
  const inNote: Tracked["note"] = async (work) => note({ database }, work);
  const metrics = new Map<string, Metric>();
  await inNote(async (tx) => {
    for (const [key, type, numerator = null, denominator = null] of kinds) {
      const metric = { ...settings, ...place, key, name: key, type, numerator, denominator };
      metrics.set(key, await insertMetric(tx, metric));
    }
    const there = new Set(await listDays(tx));
    for (let at = start - 21 * dayMs; at < start + 7 * dayMs; at += dayMs) {
      const day = new Date(at).toISOString().slice(0, 10);
      if (!there.has(day)) await makeDay(tx, day);
    }
  });
  return { ...instance, database, metrics, note: inNote };
}

/** What a trial measures by the metric of that key. */
export function measure(
  { metrics }: Pick<Tracked, "metrics">,
  key: string,
  wishes: Partial<Pick<TrialMetric, "windowHours" | "cap" | "isCovariate">> = {},
): TrialMetric {
  const metric = metrics.get(key);
  if (metric === undefined) throw new Error(`There is no metric ${key}.`);
  const { id, type, numerator, denominator } = metric;
  const part = (name: string | null) => {
    const found = name === null ? undefined : metrics.get(name);
    return found === undefined ? null : { key: found.key, type: found.type };
  };
  const parts = { numerator: part(numerator), denominator: part(denominator) };
  return { metric: id, key, type, ...parts, windowHours: null, cap: null, isCovariate: false, ...wishes };
}

export const halves: readonly TrialSlot[] = [
  { variant: "on", weight: 40_000 },
  { variant: "off", weight: 40_000 },
  { variant: null, weight: 20_000 },
];

/** Begins a trial of `checkout` at `start`, of halves, as `write` does it. */
export async function begin(tracked: Tracked, trial: Partial<NewTrial> = {}): Promise<NewTrial> {
  const begun: NewTrial = {
    ...{
      id: randomUUID(),
      ...place,
      flag: "checkout",
      attribute: "targetingKey",
      startedAt: new Date(start),
    },
    ...{ slots: halves, metrics: [], ...trial },
  };
  const caller: Caller = cliCaller("begin");
  await write(tracked.tools, permit(caller, "flag:read", { project: "default" }), async (tx) =>
    beginTrial(tx, begun),
  );
  return begun;
}

/** What the definition looks at. */
export interface Defined {
  readonly id: string;
  readonly metrics: readonly TrialMetric[];
  readonly epochs: readonly {
    readonly epoch: number;
    readonly slots: readonly TrialSlot[];
    readonly from: number;
  }[];
  readonly endedAt: number | null;
}

interface StoredExposure {
  readonly unit: string;
  readonly bucket: number;
  readonly variant: string;
  readonly epoch: number;
  readonly at: number;
  readonly conflicted: boolean;
}

interface StoredEvent {
  readonly unit: string;
  readonly metric: string;
  readonly at: number;
  /** In millionths. */
  readonly value: bigint;
}

const one = 1_000_000n;

/** Every sum of the trial by its definition, from the rows of exposures and events; cells of nothing but zeros are left out. */
export async function bruteForce(database: Database, trial: Defined): Promise<TrialSums> {
  const cells = new Cells();
  const events = await storedEvents(database);
  for (const exposure of await storedExposures(database, trial.id)) {
    if (isGone(trial, exposure)) continue;
    const own = events.filter(({ unit }) => unit === exposure.unit);
    const x = covariateOf(trial, exposure, own);
    cells.expose(exposure, x);
    for (const metric of trial.metrics)
      cells.measure(exposure, metric, x, didOf(trial, exposure, metric, own));
  }
  return cells.sums();
}

function isGone({ epochs, endedAt }: Defined, { epoch, bucket, at }: StoredExposure): boolean {
  if (endedAt !== null && at > endedAt) return true;
  const variantIn = (number: number) =>
    variantAt(epochs.find((entry) => entry.epoch === number)?.slots ?? [], bucket);
  return epochs.some(
    (later) => later.epoch > epoch && at < later.from && variantIn(later.epoch) !== variantIn(epoch),
  );
}

function covariateOf(
  { metrics }: Defined,
  { at: first }: StoredExposure,
  own: readonly StoredEvent[],
): bigint {
  let sum = 0n;
  for (const metric of metrics.filter(({ isCovariate }) => isCovariate)) {
    for (const { source, part } of sourcesOf(metric)) {
      if (part.startsWith("DENOMINATOR")) continue;
      const before = own.filter((e) => e.metric === source && e.at < first && e.at >= first - 14 * dayMs);
      for (const { value } of before) sum += part === "SUM" || part === "MEAN" ? value : one;
    }
  }
  return sum;
}

interface Did {
  readonly y: bigint;
  readonly d: bigint;
}

function didOf(
  { endedAt }: Defined,
  { at: first }: StoredExposure,
  metric: TrialMetric,
  own: readonly StoredEvent[],
): Did {
  const until = metric.windowHours === null ? Infinity : first + metric.windowHours * 3_600_000;
  const counted = own.filter(({ at }) => at >= first && at < until && (endedAt === null || at <= endedAt));
  const of = (key: string | undefined) => counted.filter((event) => event.metric === key);
  const plain = (key: string | undefined, type: MetricType | undefined): bigint => {
    const found = of(key);
    if (type === "CONVERSION") return found.length > 0 ? one : 0n;
    if (type === "COUNT") return BigInt(found.length) * one;
    return found.reduce((sum, { value }) => sum + value, 0n);
  };
  const { key, type, numerator, denominator, cap } = metric;
  const isRatio = type === "RATIO";
  const y = isRatio ? plain(numerator?.key, numerator?.type) : plain(key, type);
  const most = cap === null ? null : BigInt(Math.round(cap * 1e6));
  const d =
    type === "MEAN"
      ? BigInt(of(key).length) * one
      : isRatio
        ? plain(denominator?.key, denominator?.type)
        : 0n;
  return { y: most !== null && y > most ? most : y, d };
}

class Cells {
  readonly #exposed = new Map<string, bigint[]>();
  readonly #measured = new Map<string, bigint[]>();

  expose(exposure: StoredExposure, x: bigint): void {
    add(this.#exposed, cellOf(exposure), [1n, exposure.conflicted ? 1n : 0n, x, x * x]);
  }

  measure(exposure: StoredExposure, { metric }: TrialMetric, x: bigint, { y, d }: Did): void {
    const figures = [y === 0n ? 0n : 1n, y, y * y, d, d * d, y * d, x * y];
    add(this.#measured, `${cellOf(exposure)} ${metric}`, figures);
  }

  sums(): TrialSums {
    const exposures = entriesOf(this.#exposed).map(([cell, [n, conflicted, x, xx]]) => ({
      ...cell,
      ...{ n: Number(n), conflicted: Number(conflicted), sumX: written(x, 6), sumXx: written(xx, 12) },
    }));
    const metrics = entriesOf(this.#measured).map(([cell, [nonzero, y, yy, d, dd, yd, xy]]) => ({
      ...{ metric: cell.metric ?? "", epoch: cell.epoch, variant: cell.variant, day: cell.day },
      ...{ nonzero: Number(nonzero), sumY: written(y, 6), sumYy: written(yy, 12), sumD: written(d, 6) },
      ...{ sumDd: written(dd, 12), sumYd: written(yd, 12), sumXy: written(xy, 12) },
    }));
    return {
      exposures: exposures.map(({ metric: _none, ...rest }) => rest),
      metrics,
    };
  }
}

function cellOf({ epoch, variant, at }: StoredExposure): string {
  return `${epoch} ${variant} ${new Date(at).toISOString().slice(0, 10)}`;
}

function add(cells: Map<string, bigint[]>, cell: string, figures: readonly bigint[]): void {
  const sums = cells.get(cell) ?? figures.map(() => 0n);
  cells.set(
    cell,
    sums.map((sum, index) => sum + (figures[index] ?? 0n)),
  );
}

function entriesOf(cells: ReadonlyMap<string, readonly bigint[]>) {
  return [...cells]
    .filter(([, figures]) => figures.some((figure) => figure !== 0n))
    .map(([cell, figures]) => {
      const [epoch, variant = "", day = "", metric] = cell.split(" ");
      return [{ epoch: Number(epoch), variant, day, metric }, figures] as const;
    });
}

/** A number of so many decimals as the shortest text. */
function written(scaled: bigint | undefined, decimals: number): string {
  const digits = String(scaled ?? 0n)
    .replace("-", "")
    .padStart(decimals + 1, "0");
  const text = `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, "");
  return scaled !== undefined && scaled < 0n ? `-${text}` : text;
}

/** In one order, and without the cells that hold nothing but zeros. */
export function comparable({ exposures, metrics }: TrialSums): readonly unknown[] {
  const isSomething = (row: object): boolean =>
    Object.entries(row).some(
      ([name, value]) =>
        !["epoch", "variant", "day", "metric"].includes(name) && value !== 0 && value !== "0",
    );
  return [...exposures, ...metrics]
    .filter(isSomething)
    .map((row) => JSON.stringify(row, Object.keys(row).toSorted()))
    .toSorted();
}

async function storedExposures(database: Database, trial: string): Promise<StoredExposure[]> {
  const rows = rowsOf(
    await database.execute(sql`
      select encode(unit, 'hex') as unit, bucket, variant, epoch, conflicted,
        (extract(epoch from first_at) * 1000)::float8 as at from exposures where trial = ${trial}`),
  );
  return rows.map((row) => ({
    ...{ unit: String(row["unit"]), bucket: Number(row["bucket"]), variant: String(row["variant"]) },
    ...{ epoch: Number(row["epoch"]), at: Number(row["at"]), conflicted: row["conflicted"] === true },
  }));
}

async function storedEvents(database: Database): Promise<StoredEvent[]> {
  const rows = rowsOf(
    await database.execute(sql`
      select encode(unit, 'hex') as unit, metric, (value * 1000000)::bigint::text as value,
        (extract(epoch from at) * 1000)::float8 as at from metric_events
      where project = ${place.project} and environment = ${place.environment}`),
  );
  return rows.map((row) => ({
    ...{ unit: String(row["unit"]), metric: String(row["metric"]), at: Number(row["at"]) },
    value: BigInt(String(row["value"])),
  }));
}
