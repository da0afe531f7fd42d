/** Looks through the last full hour for flags that are evaluated far more or far less often than usual: once, whichever instance does it. */
import { setImmediate } from "node:timers/promises";
import type { Database } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import type { Instruments } from "../../platform/metrics.js";
import { note } from "../ledger/index.js";
import { type Anomaly, describeAnomaly, findAnomaly, lastFullHour, type SpotHistory } from "./anomaly.js";
import { addAnomalies, deleteAnomalies, isOnlyLooker, readHistories } from "./anomaly.store.js";
import { dayMs, keepDays } from "./counts.js";

export interface DetectingTools {
  readonly database: Database;
  readonly log: Log;
  readonly metrics: Instruments;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What looks for anomalies as often as it is asked to, and tells of each once. */
export class AnomalyWatch {
  readonly #countAnomaly: (labels: { readonly direction: string }) => void;
  /** The hour that this instance has judged last; epoch milliseconds. */
  #judged = -Infinity;

  constructor(private readonly tools: DetectingTools) {
    this.#countAnomaly = tools.metrics.counter(
      "halyard_anomalies_total",
      "Hours in which a flag was found to be evaluated far more or far less often than usual",
      "direction",
    );
  }

  /** Nothing where the hour is judged already, or another instance is at it. Gives what is news. */
  async look(): Promise<readonly Anomaly[]> {
    const hour = lastFullHour(this.tools.now());
    if (hour <= this.#judged) return [];
    const found = await detectAnomalies(this.tools, hour);
    if (found === null) return [];
    this.#judged = hour;
    for (const anomaly of found) this.#tell(anomaly);
    return found;
  }

  #tell({ hour, ...anomaly }: Anomaly): void {
    this.#countAnomaly({ direction: anomaly.direction });
    const often = anomaly.direction === "LOW" ? "less" : "more";
    this.tools.log.warn(
      { ...anomaly, hour: hour.toISOString() },
      `A flag is evaluated far ${often} often than usual. ${describeAnomaly({ hour, ...anomaly })}`,
    );
  }
}

/** Judges the hour and keeps what is out of the ordinary; null: another instance is at it. */
async function detectAnomalies(
  { database, now }: Pick<DetectingTools, "database" | "now">,
  hour: number,
): Promise<readonly Anomaly[] | null> {
  return note({ database }, async (tx) => {
    if (!(await isOnlyLooker(tx))) return null;
    await deleteAnomalies(tx, new Date(now() - keepDays * dayMs));
    const found = await judgeAll(await readHistories(tx, hour), hour);
    return found.length === 0 ? found : addAnomalies(tx, found);
  });
}

const spotsAtOnce = 50;

/** A few at a time, so that those who evaluate in between do not wait. */
async function judgeAll(histories: readonly SpotHistory[], hour: number): Promise<Anomaly[]> {
  const found: Anomaly[] = [];
  for (const [index, history] of histories.entries()) {
    if (index % spotsAtOnce === spotsAtOnce - 1) await setImmediate();
    const anomaly = findAnomaly(history, hour);
    if (anomaly !== null) found.push(anomaly);
  }
  return found;
}
