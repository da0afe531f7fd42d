/** Reading how often a flag was evaluated, and how it was answered. */
import { notFound } from "../../platform/problems.js";
import { type Flag, findFlag } from "../flags/index.js";
import type { Caller } from "../permissions/index.js";
import { type AnalyticsQueryTools, readWhere, type WhereArguments } from "./analytics.queries.js";
import { readLastEvaluations, sumByInterval } from "./evaluation-hours.store.js";
import {
  type AnalyticsInterval,
  type EvaluationPoint,
  type RangeArguments,
  readRange,
  seriesOf,
  type Sums,
  sumsOf,
} from "./flag-analytics.js";

export interface FlagAnalytics extends Sums {
  readonly flag: Flag;
  readonly from: Date;
  readonly to: Date;
  readonly interval: AnalyticsInterval;
  readonly lastEvaluatedAt: Date | null;
  readonly series: readonly EvaluationPoint[];
}

export interface FlagAnalyticsArguments extends WhereArguments, RangeArguments {
  readonly flagKey: string;
}

/** Needs VIEWER. Throws NOT_FOUND, FORBIDDEN, and BAD_USER_INPUT for a range out of bounds. */
export async function flagAnalytics(
  tools: AnalyticsQueryTools,
  caller: Caller,
  args: FlagAnalyticsArguments,
): Promise<FlagAnalytics> {
  const where = await readWhere(tools, caller, args);
  const { database } = tools;
  const flag = await findFlag(database, where.project, args.flagKey);
  if (flag === null) throw notFound("Flag", args.flagKey);
  const range = readRange(args, tools.now());
  const counts = await sumByInterval(database, where, flag.key, range);
  const last = (await readLastEvaluations(database, where.project, [flag.key])).filter(({ environment }) =>
    where.environments.includes(environment),
  );
  return {
    ...{ flag, from: new Date(range.from), to: new Date(range.to), interval: range.interval },
    ...sumsOf(counts),
    lastEvaluatedAt: last.length === 0 ? null : new Date(Math.max(...last.map(({ lastAt }) => lastAt))),
    series: seriesOf(range, counts),
  };
}
