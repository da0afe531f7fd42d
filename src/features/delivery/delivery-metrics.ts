/** The room's figures: how current this instance is, what it leans on, and whom it serves. */
import type { BreakerState } from "../../platform/breaker.js";
import type { Instruments } from "../../platform/metrics.js";
import type { ServerStatus } from "./server-status.js";

/** Counts what should never happen. */
export type CountAlarm = (alarm: "fork" | "divergence") => void;

const breakerFigures: Record<BreakerState, number> = { closed: 0, "half-open": 1, open: 2 };

/** Registers the figures, which are read off `status` whenever they are asked for. `now` is epoch milliseconds. */
export function measureDelivery(
  metrics: Instruments,
  status: () => ServerStatus,
  now: () => number,
): CountAlarm {
  const figures: readonly (readonly [name: string, help: string, read: (status: ServerStatus) => number])[] =
    [
      [
        "halyard_ready",
        "Whether everything is loaded and the server is not closing",
        ({ ready }) => Number(ready),
      ],
      ["halyard_stale", "Whether answers may be old", ({ stale }) => Number(stale)],
      [
        "halyard_ledger_lag_rows",
        "Rows of the ledger seen but not taken in",
        ({ revisionLag }) => revisionLag,
      ],
      ["halyard_ledger_read_age_seconds", "Time since the ledger was last read", (at) => ageOf(at, now())],
      ["halyard_instances", "Servers that run on the database", ({ instances }) => instances],
      ["halyard_subscribers", "Live subscriptions", ({ subscribers }) => subscribers],
      ["halyard_doorbell_failures", "Doorbells that could not be rung", ({ bus }) => bus.failures],
      [
        "halyard_quarantined_definitions",
        "Flags and segments that cannot be evaluated as stored",
        ({ quarantined }) => quarantined,
      ],
    ];
  for (const [name, help, read] of figures) metrics.gauge(name, help, () => read(status()));
  const ofEach = (read: (dependency: ServerStatus["database"]) => number) => () => {
    const { database, bus } = status();
    return [
      [{ dependency: "database" }, read(database)],
      [{ dependency: "bus" }, read(bus)],
    ] as const;
  };
  const isUp = ofEach(({ up }) => Number(up));
  const breaker = ofEach((dependency) => breakerFigures[dependency.breaker]);
  metrics.gauge("halyard_dependency_up", "Whether it answers", isUp, "dependency");
  metrics.gauge("halyard_breaker_state", "0 closed, 1 half-open, 2 open", breaker, "dependency");
  const count = {
    fork: metrics.counter("halyard_ledger_forks_total", "Times the ledger's history was found replaced"),
    divergence: metrics.counter(
      "halyard_divergences_total",
      "Times memory was found to differ from the database",
    ),
  };
  return (alarm) => count[alarm]();
}

/** Since the start where it was never read. */
function ageOf({ lastReadAt, startedAt }: ServerStatus, now: number): number {
  return Math.max(now - Date.parse(lastReadAt ?? startedAt), 0) / 1_000;
}
