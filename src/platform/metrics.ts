/** The server's own figures, on a registry of its own so that two servers can live in one process. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** One finished HTTP exchange; `route` is the pattern (`/ofrep/v1/evaluate/flags/:key`), never the address as sent. */
export interface HttpExchange {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/**
 * Budgets of credentials: evaluation, management. Of addresses: login, register, refresh. account: after failures in a row. queue: too many
 * passwords are waiting to be checked.
 */
export type RateLimit = "evaluation" | "management" | "login" | "register" | "refresh" | "account" | "queue";

/** second_factor: the password was right, and a code is asked for. error: the server could not tell. */
export type LoginOutcome = "success" | "failure" | "second_factor" | "limited" | "error";

/** Label name → value. */
export type Labels = Readonly<Record<string, string>>;

/** A figure with its labels. */
export type LabelledFigure = readonly [labels: Labels, value: number];

/** What rooms register their own figures with; each name once. */
export interface Instruments {
  /** Gives how to count. Names end in `_total`. */
  readonly counter: (
    name: string,
    help: string,
    ...labelNames: readonly string[]
  ) => (labels?: Labels, by?: number) => void;
  /** `read` is asked whenever the figures are. */
  readonly gauge: (
    name: string,
    help: string,
    read: () => number | readonly LabelledFigure[],
    ...labelNames: readonly string[]
  ) => void;
}

export interface Metrics extends Instruments {
  readonly registry: Registry;
  readonly observeHttp: (exchange: HttpExchange) => void;
  /** Somebody was sent away by this limit. */
  readonly countRateLimited: (limit: RateLimit) => void;
  readonly countLogin: (outcome: LoginOutcome) => void;
  /** The Prometheus text format, to be sent with `registry.contentType`. */
  readonly render: () => Promise<string>;
}

/** Durations in seconds, from a request answered out of memory to one that should worry somebody. */
const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function openMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const labelNames = ["method", "route", "status"] as const;
  const requests = new Counter({
    name: "http_requests_total",
    help: "HTTP requests answered",
    labelNames,
    registers: [registry],
  });
  const durations = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time from a request's arrival to the end of its answer",
    labelNames,
    buckets: durationBuckets,
    registers: [registry],
  });
  return {
    registry,
    ...instrumentsOf(registry),
    ...countAccess(registry),
    observeHttp: ({ method, route, status, seconds }) => {
      const labels = { method, route, status: String(status) };
      requests.inc(labels);
      durations.observe(labels, seconds);
    },
    render: async () => await registry.metrics(),
  };
}

function instrumentsOf(registry: Registry): Instruments {
  return {
    counter: (name, help, ...labelNames) => {
      const counter = new Counter({ name, help, labelNames, registers: [registry] });
      return (labels = {}, by = 1) => counter.inc(labels, by);
    },
    gauge: (name, help, read, ...labelNames) => {
      const collect = function (this: Gauge): void {
        const figures = read();
        this.reset();
        for (const [labels, value] of typeof figures === "number" ? [[{}, figures] as const] : figures) {
          this.set(labels, value);
        }
      };
      registry.registerMetric(new Gauge({ name, help, labelNames, collect, registers: [] }));
    },
  };
}

function countAccess(registry: Registry): Pick<Metrics, "countRateLimited" | "countLogin"> {
  const limited = new Counter({
    name: "halyard_rate_limited_total",
    help: "Requests answered RATE_LIMITED",
    labelNames: ["limit"] as const,
    registers: [registry],
  });
  const logins = new Counter({
    name: "user_login_attempts_total",
    help: "Attempts to sign in",
    labelNames: ["outcome"] as const,
    registers: [registry],
  });
  return {
    countRateLimited: (limit) => limited.inc({ limit }),
    countLogin: (outcome) => logins.inc({ outcome }),
  };
}
