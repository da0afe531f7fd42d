/** Reading which hours were out of the ordinary. */
import { makePage, type Page, type PageArguments, readPage } from "../../platform/graphql/page.js";
import { dateTime, Mistakes } from "../../platform/input.js";
import type { Caller } from "../permissions/index.js";
import { type AnalyticsQueryTools, readWhere, type WhereArguments } from "./analytics.queries.js";
import type { StoredAnomaly } from "./anomaly.js";
import { countAnomalies, listAnomalies } from "./anomaly.store.js";
import { dayMs } from "./counts.js";

export interface AnomaliesArguments extends WhereArguments, PageArguments {
  /** RFC 3339; absent: a week ago. */
  readonly from?: unknown;
}

const listName = "anomalies";
const defaultDays = 7;

/** The latest first, then by environment, flag and metric. Needs VIEWER. Throws NOT_FOUND, FORBIDDEN and BAD_USER_INPUT. */
export async function listedAnomalies(
  tools: AnalyticsQueryTools,
  caller: Caller,
  args: AnomaliesArguments,
): Promise<Page<StoredAnomaly>> {
  const where = await readWhere(tools, caller, args);
  const { database } = tools;
  const from = readFrom(args.from) ?? new Date(tools.now() - defaultDays * dayMs);
  const request = readPage(listName, 4, { first: args.first, after: args.after });
  return makePage(
    listName,
    request,
    await listAnomalies(database, where, from, request),
    ({ hour, environment, flag, metric }) => [-hour.getTime() / 1000, environment, flag ?? "", metric ?? ""],
    (anomaly) => anomaly,
    async () => countAnomalies(database, where, from),
  );
}

function readFrom(value: unknown): Date | undefined {
  if (value === undefined || value === null) return undefined;
  const mistakes = new Mistakes();
  const from = dateTime("from", value, mistakes);
  mistakes.throwIfAny();
  return new Date(from);
}
