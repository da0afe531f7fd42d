/** Reading which flags have outlived their use. */
import { makePage, type Page, type PageArguments, readPage } from "../../platform/graphql/page.js";
import type { Caller } from "../permissions/index.js";
import type { HolderTools } from "../projects/index.js";
import { type AnalyticsQueryTools, readDays, readWhere, type WhereArguments } from "./analytics.queries.js";
import { dayMs } from "./counts.js";
import { explainStaleness, type StaleFlag } from "./stale-flag.js";
import { countStaleFlags, listStaleFlags } from "./stale-flag.store.js";

export interface StaleFlagsArguments extends WhereArguments, PageArguments {
  readonly olderThanDays: number;
}

export interface StaleFlagTools extends AnalyticsQueryTools, Pick<HolderTools, "flagHolders"> {}

const listName = "staleFlags";

/** By key, then by environment. Needs VIEWER. Throws NOT_FOUND, FORBIDDEN and BAD_USER_INPUT. */
export async function staleFlags(
  tools: StaleFlagTools,
  caller: Caller,
  args: StaleFlagsArguments,
): Promise<Page<StaleFlag>> {
  const where = await readWhere(tools, caller, args);
  const { database } = tools;
  const days = readDays("olderThanDays", args.olderThanDays);
  const request = readPage(listName, 2, { first: args.first, after: args.after });
  const now = tools.now();
  const before = new Date(now - days * dayMs);
  const holders = await tools.flagHolders(database, { project: where.project });
  const holding = holders.filter(({ hasEnded }) => !hasEnded);
  return makePage(
    listName,
    request,
    await listStaleFlags(database, { where, before, held: holding }, request),
    ({ flag, environment }) => [flag, environment],
    (facts) =>
      explainStaleness(facts, { days, now, holder: holding.find(({ flag }) => flag === facts.flag) }),
    async () => countStaleFlags(database, { where, before, held: holding }),
  );
}
