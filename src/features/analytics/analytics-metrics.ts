/** The room's figures for operators. */
import type { Instruments } from "../../platform/metrics.js";
import type { Dropped } from "./counts.js";
import type { ReasonTotals } from "./tally.js";

export interface AnalyticsMetrics {
  readonly answered: (totals: ReasonTotals) => void;
  readonly dropped: (dropped: Partial<Dropped>) => void;
  readonly flushFailed: () => void;
}

export function measureAnalytics(metrics: Instruments): AnalyticsMetrics {
  const countAnswers = metrics.counter("halyard_evaluations_total", "Answers given, by reason", "reason");
  const countDropped = metrics.counter(
    "halyard_evaluation_counts_dropped_total",
    "Answers and questions that were not counted for analytics, because there was too much of a kind",
    "what",
  );
  const countFailure = metrics.counter(
    "halyard_evaluation_flush_failures_total",
    "Times that counts of evaluations could not be written; they are tried again",
  );
  return {
    answered: (totals) => {
      for (const [reason, count] of totals) countAnswers({ reason }, count);
    },
    dropped: (dropped) => {
      for (const [what, count] of Object.entries(dropped)) if (count > 0) countDropped({ what }, count);
    },
    flushFailed: () => countFailure(),
  };
}
