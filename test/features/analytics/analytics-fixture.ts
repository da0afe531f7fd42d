/** A project with flags and API keys over a real database, and questions as delivery tells them. */
import { sql } from "drizzle-orm";
import { createApiKey } from "../../../src/features/accounts/create-api-key.js";
import { createAnalytics, type Analytics } from "../../../src/features/analytics/index.js";
import { experimentsUsingSegment } from "../../../src/features/experiments/experiment-holders.js";
import type { AnsweredQuestion } from "../../../src/features/delivery/index.js";
import { createDefaultEnvironments } from "../../../src/features/environments/index.js";
import { createFlag, type CreateFlag } from "../../../src/features/flags/create-flag.js";
import {
  environmentsUsingSegment,
  flagUsersOfSegment,
  furnishEnvironment,
} from "../../../src/features/flags/index.js";
import type { ApiKeyKind, Caller } from "../../../src/features/permissions/index.js";
import { createProject } from "../../../src/features/projects/index.js";
import { createSecurityLog } from "../../../src/features/security/index.js";
import type { Resolution } from "../../../src/evaluation/index.js";
import { type Database, type OpenDatabase, rowsOf } from "../../../src/platform/database/index.js";
import type { Log } from "../../../src/platform/log.js";
import { type Metrics, openMetrics } from "../../../src/platform/metrics.js";
import { type DatabaseKind, freshDatabase } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { adminCaller, keyCaller, testStart, testTools } from "../../support/tools.js";

export const hour = 3_600_000;
export const day = 24 * hour;
export const admin = adminCaller();

/** What counts answers, with its figures. */
export interface Counting extends Analytics {
  /** A figure such as `halyard_evaluations_total{reason="STATIC"}`; 0 where there is none. */
  readonly figure: (name: string) => Promise<number>;
}

export type Fixture = Awaited<ReturnType<typeof openFixture>>;

/** The project `default`, made when the clock of the tests starts. */
export async function openFixture(given: DatabaseKind | OpenDatabase = "pglite") {
  const opened = typeof given === "string" ? await freshDatabase(given) : given;
  const { database } = opened;
  const base = testTools(database);
  const security = createSecurityLog({ database, log: silentLog, now: base.now });
  const ports = {
    flagUsers: flagUsersOfSegment,
    audienceUsers: experimentsUsingSegment,
    environmentsUsing: environmentsUsingSegment,
  };
  const analytics = { flush: async (): Promise<void> => undefined };
  const tools = { ...base, ...ports, security, furnishEnvironment, analytics };
  await createProject({ ...tools, furnishProject: createDefaultEnvironments }, admin, { key: "default" });
  await madeAtTheStart(database, "environments");
  return {
    opened,
    database,
    tools,
    addFlag: async (key: string, input: Partial<CreateFlag> = {}) => {
      await createFlag(tools, admin, { key, ...input });
      await madeAtTheStart(database, "flags");
      await database.execute(sql.raw(`update flag_environments set updated_at = '${startText}'`));
    },
    /** A key of staging, and who asks with it. */
    addKey: async (name: string, kind: ApiKeyKind = "CLIENT", userAgent = "shop/1.0"): Promise<Caller> => {
      const { apiKey } = await createApiKey(tools as never, admin, { name, kind, environment: "staging" });
      const identity = { id: apiKey.id, name, keyKind: kind, environment: "staging" };
      return { ...keyCaller(identity), userAgent };
    },
    counting: (options: { readonly database?: Database; readonly log?: Log } = {}) =>
      countingOn({ database, log: silentLog, now: tools.now, ...options }),
    /** The stored counts as text, in order: `staging a 00 on STATIC 3`. */
    stored: async (): Promise<string[]> => storedIn(database),
    rows: async (text: string) => rowsOf(await database.execute(sql.raw(text))),
    close: async () => {
      await security.close();
      await opened.close();
    },
  };
}

const startText = new Date(testStart).toISOString();

/** Rows are made when the database says it is, which is long after the clock of the tests starts. */
async function madeAtTheStart(database: Database, table: string): Promise<void> {
  await database.execute(
    sql.raw(`update ${table} set created_at = '${startText}', updated_at = '${startText}'`),
  );
}

export function countingOn(tools: {
  readonly database: Database;
  readonly log: Log;
  readonly now: () => number;
}): Counting {
  const metrics = openMetrics();
  return { ...createAnalytics({ ...tools, metrics }), figure: async (name) => figureOf(metrics, name) };
}

async function figureOf(metrics: Metrics, name: string): Promise<number> {
  const line = (await metrics.render()).split("\n").find((text) => text.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

export async function storedIn(database: Database): Promise<string[]> {
  const result = await database.execute(
    sql.raw(
      `select concat_ws(' ', environment, flag, to_char(hour at time zone 'UTC', 'HH24'), variant, reason, count) as text from evaluation_hours order by 1`,
    ),
  );
  return rowsOf(result).map(({ text }) => String(text));
}

/** Somebody asks in staging. */
export function question(caller: Caller, now = testStart, environment = "staging"): AnsweredQuestion {
  const context = { targetingKey: "alice", attributes: {} };
  return { place: { project: "default", environment }, caller, context, now, exposes: true };
}

/** null: without a value. */
export function answer(
  key: string,
  variant: string | null = "on",
  reason: Resolution["reason"] = "STATIC",
): Resolution {
  return { key, value: variant === null ? undefined : true, variant: variant ?? undefined, reason };
}

export function notFound(key: string): Resolution {
  return { key, value: undefined, variant: undefined, reason: "ERROR", errorCode: "FLAG_NOT_FOUND" };
}

/** Counts that were made earlier: so many an hour, from one moment to another. */
export async function insertHours(
  database: Database,
  flag: string,
  {
    from,
    to = from + hour,
    variant = "on",
    reason = "STATIC",
    count = 1,
    environment = "staging",
  }: {
    readonly from: number;
    readonly to?: number;
    readonly variant?: string;
    readonly reason?: string;
    readonly count?: number;
    readonly environment?: string;
  },
): Promise<void> {
  await database.execute(sql`
    insert into evaluation_hours (project, environment, flag, hour, variant, reason, count, last_at)
    select 'default', ${environment}, ${flag}, hour, ${variant}, ${reason}, ${count}, hour + interval '30 minutes'
    from generate_series(${new Date(from).toISOString()}::timestamptz, ${new Date(to - 1).toISOString()}::timestamptz, interval '1 hour') as hour`);
}
