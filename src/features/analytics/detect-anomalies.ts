/** Looks through the last full hour for flags that are evaluated far more or far less often than usual: once, whichever instance does it. */
import type { Database } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import type { Instruments } from "../../platform/metrics.js";
import { note } from "../ledger/index.js";
import { deleteHappenings } from "../happenings/index.js";
import { type Anomaly, lastFullHour } from "./anomaly.js";
import { addAnomalies, deleteAnomalies, isOnlyLooker, readFlagHistories } from "./anomaly.store.js";
import { dayMs, keepDays } from "./counts.js";
import { judgeCounts, tellAnomaly } from "./judge-counts.js";

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

  #tell(anomaly: Anomaly): void {
    this.#countAnomaly({ direction: anomaly.direction });
    tellAnomaly(this.tools.log, anomaly);
  }
}

/** Judges the hour and keeps what is out of the ordinary; null: another instance is at it. */
async function detectAnomalies(
  { database, now }: Pick<DetectingTools, "database" | "now">,
  hour: number,
): Promise<readonly Anomaly[] | null> {
  return note({ database }, async (tx) => {
    if (!(await isOnlyLooker(tx))) return null;
    const longAgo = new Date(now() - keepDays * dayMs);
    await deleteAnomalies(tx, longAgo);
    await deleteHappenings(tx, longAgo);
    return addAnomalies(tx, await judgeCounts(await readFlagHistories(tx, hour), hour));
  });
}
