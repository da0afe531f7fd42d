/** The statement that reads how often things came in an hour, and in the same hours of the weeks before. */
import { type SQL, sql } from "drizzle-orm";
import { type Database, rowsOf } from "../../platform/database/index.js";
import { firstHourNeeded, type CountHistory, hoursLookedAt, hoursPerWeek, weeksLookedAt } from "./anomaly.js";
import { hourMs } from "./counts.js";

/** What is read of things that are named by a key. */
export interface HourlyCounts {
  /** A subquery of (project, environment, name, hour, count); several rows of an hour are added up. */
  readonly counts: SQL;
  /** A subquery of (project, name): what is judged. */
  readonly judged: SQL;
}

export interface NamedHistory extends Omit<CountHistory, "flag" | "metric"> {
  readonly name: string;
}

/** What there is to judge the hour by, of each thing and environment with enough of a past; epoch milliseconds. */
export async function readHistories(
  database: Database,
  hour: number,
  { counts, judged }: HourlyCounts,
): Promise<NamedHistory[]> {
  const ago = sql`((${hour}::int8 - (extract(epoch from hour) * 1000)::int8) / ${hourMs}::int8)::int4`;
  const result = await database.execute(sql`
    select spot.project, spot.environment, spot.name, spot.counts from (
      select project, environment, name, json_agg(json_build_array(ago, count)) as counts from (
        select project, environment, name, ${ago} as ago, sum(count)::int8 as count
        from ${counts} as one where ${isLookedAt(hour)} group by 1, 2, 3, 4
      ) as hourly group by project, environment, name
    ) as spot
    join ${judged} as judged on judged.project = spot.project and judged.name = spot.name
    where exists (
      select from ${counts} as past where past.project = spot.project and past.environment = spot.environment
        and past.name = spot.name and past.hour <= ${iso(firstHourNeeded(hour))}::timestamptz
    )`);
  return rowsOf(result).map((row) => ({
    ...{ project: String(row["project"]), environment: String(row["environment"]) },
    name: String(row["name"]),
    counts: new Map(JSON.parse(String(row["counts"])) as [number, number][]),
  }));
}

/** The hour and the one before it, and some hours of each of the weeks before. */
function isLookedAt(hour: number): SQL {
  const last = (hoursAgo: number, many: number): SQL => {
    const [from, to] = [hour - (hoursAgo + many - 1) * hourMs, hour - hoursAgo * hourMs].map(iso);
    return sql`hour between ${from}::timestamptz and ${to}::timestamptz`;
  };
  const weeks = Array.from({ length: weeksLookedAt }, (_none, index) =>
    last((index + 1) * hoursPerWeek, hoursLookedAt),
  );
  return sql`(${sql.join([last(0, 2), ...weeks], sql` or `)})`;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
