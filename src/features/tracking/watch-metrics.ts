/** Looks through the last full hour for metrics that come in far more or far less often than usual, and for rates that changed: once, whichever instance does it. */
import type { Database, Transaction } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import type { Instruments } from "../../platform/metrics.js";
import { addAnomalies, type Anomaly, judgeCounts, lastFullHour, tellAnomaly } from "../analytics/index.js";
import { note } from "../ledger/index.js";
import { readDatabaseTime } from "./partition.store.js";
import { findRateAnomaly } from "./rate-anomaly.js";
import type { WatchedKind } from "./watched-hours.js";
import {
  countEvents,
  countRates,
  deleteWatchedHours,
  isOnlyWatcher,
  readMark,
  readMetricHistories,
  readRateHistories,
  writeMark,
} from "./watched-hours.store.js";

export interface WatchingTools {
  readonly database: Database;
  readonly log: Log;
  readonly metrics: Instruments;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Four weeks and a day are looked at; the rest is for hours in which no instance ran. */
const keptMs = 35 * dayMs;

/** What watches over metrics as often as it is asked to, and tells of each anomaly once. */
export class MetricWatch {
  readonly #countAnomaly: (labels: Readonly<Record<"measure" | "direction", string>>) => void;
  /** The hour that this instance has judged last; epoch milliseconds. */
  #judged = -Infinity;

  constructor(private readonly tools: WatchingTools) {
    this.#countAnomaly = tools.metrics.counter(
      "halyard_metric_anomalies_total",
      "Hours in which a metric was found to come in far more or far less often than usual, or a rate to have changed",
      "measure",
      "direction",
    );
  }

  /** Nothing where the hour is judged already, or another instance is at it. Gives what is news. */
  async look(signal?: AbortSignal): Promise<readonly Anomaly[]> {
    const { database, now } = this.tools;
    if (lastFullHour(now()) <= this.#judged) return [];
    const reliable = Math.min(now(), await readDatabaseTime(database)); // an hour that is not over yet would be counted for good
    const hour = lastFullHour(reliable);
    if (hour <= this.#judged) return [];
    const found = await watchHour(this.tools, hour, signal);
    if (found === null) return [];
    this.#judged = hour;
    for (const anomaly of found) this.#tell(anomaly);
    return found;
  }

  #tell(anomaly: Anomaly): void {
    this.#countAnomaly({ measure: anomaly.flag === null ? "events" : "rate", direction: anomaly.direction });
    tellAnomaly(this.tools.log, anomaly);
  }
}

/** null: another instance is at it, or it was told to stop. */
async function watchHour(
  { database }: Pick<WatchingTools, "database">,
  hour: number,
  signal?: AbortSignal,
): Promise<readonly Anomaly[] | null> {
  const exposedIn = hour - hourMs; // whoever was exposed then has had an hour to do something
  const counted =
    (await countUpTo(database, hour, { what: "EVENTS", count: countEvents, signal })) &&
    (await countUpTo(database, exposedIn, { what: "RATES", count: countRates, signal }));
  if (!counted) return null;
  return note({ database }, async (tx) => {
    if (!(await isOnlyWatcher(tx))) return null;
    await deleteWatchedHours(tx, new Date(hour - keptMs));
    const counts = await judgeCounts(await readMetricHistories(tx, hour), hour);
    const rates = (await readRateHistories(tx, exposedIn)).map((one) => findRateAnomaly(one, exposedIn));
    return addAnomalies(tx, [...counts, ...rates.filter((found) => found !== null)]);
  });
}

interface Counting {
  readonly what: WatchedKind;
  readonly count: (tx: Transaction, hour: number) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** Counts what is not counted yet up to the end of the hour, an hour at a time so that no statement takes long; false: another instance is at it, or it was told to stop. */
async function countUpTo(database: Database, hour: number, counting: Counting): Promise<boolean> {
  for (;;) {
    if (counting.signal?.aborted === true) return false;
    const last = await note({ database }, async (tx) => {
      if (!(await isOnlyWatcher(tx))) return null;
      return countNext(tx, hour, counting);
    });
    if (last === null || last >= hour) return last !== null;
  }
}

/** Gives the last hour that is counted then. Counting begins with the first hour that is asked for. */
async function countNext(tx: Transaction, hour: number, { what, count }: Counting): Promise<number> {
  const last = (await readMark(tx, what)) ?? hour - hourMs;
  if (last >= hour) return last;
  const next = Math.max(last + hourMs, hour - keptMs);
  await count(tx, next);
  await writeMark(tx, what, next);
  return next;
}
