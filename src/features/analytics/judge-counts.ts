/** How many counts are judged without keeping those who evaluate in between waiting, and how an operator is told of what was found. */
import { setImmediate } from "node:timers/promises";
import type { Log } from "../../platform/log.js";
import { type Anomaly, describeAnomaly, findAnomaly, headlineOf, type CountHistory } from "./anomaly.js";

const judgedAtOnce = 50;

/** What is out of the ordinary in the hour, epoch milliseconds: a few are judged at a time. */
export async function judgeCounts(histories: readonly CountHistory[], hour: number): Promise<Anomaly[]> {
  const found: Anomaly[] = [];
  for (const [index, history] of histories.entries()) {
    if (index % judgedAtOnce === judgedAtOnce - 1) await setImmediate();
    const anomaly = findAnomaly(history, hour);
    if (anomaly !== null) found.push(anomaly);
  }
  return found;
}

/** One line, with the figures as fields. */
export function tellAnomaly(log: Log, anomaly: Anomaly): void {
  const fields = { ...anomaly, hour: anomaly.hour.toISOString() };
  log.warn(fields, `${headlineOf(anomaly)} ${describeAnomaly(anomaly)}`);
}
