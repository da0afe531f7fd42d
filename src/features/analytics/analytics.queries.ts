/** Where to look, for every query of the room. */
import type { Database } from "../../platform/database/index.js";
import { Mistakes } from "../../platform/input.js";
import { environmentsOf, findEnvironment } from "../environments/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import type { Analytics } from "./count-answers.js";
import { keepDays } from "./counts.js";
import type { Where } from "./where.js";

export interface AnalyticsQueryTools {
  readonly database: Database;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Writes what this instance has counted, so that it is among what is read. */
  readonly analytics: Pick<Analytics, "flush">;
}

/** Where, as arguments say it. */
export interface WhereArguments {
  readonly project?: string | null | undefined;
  /** Absent or null: all environments of the project. */
  readonly environment?: string | null | undefined;
}

/** The place, once what was counted is written. Throws UNAUTHENTICATED, NOT_FOUND for what does not exist or is not the caller's to see, and FORBIDDEN. */
export async function readWhere(
  tools: AnalyticsQueryTools,
  caller: Caller,
  args: WhereArguments,
): Promise<Where> {
  const where = await permitWhere(tools, caller, args);
  await tools.analytics.flush();
  return where;
}

async function permitWhere(
  tools: Pick<AnalyticsQueryTools, "database">,
  caller: Caller,
  args: WhereArguments,
): Promise<Where> {
  if (args.environment !== undefined && args.environment !== null) {
    const environment = await findEnvironment(tools, caller, args.project, args.environment);
    const { project, key } = environment;
    permit(caller, "analytics:read", { project, environment });
    return { project, environments: [key] };
  }
  const { key: project } = await findProject(tools, caller, args.project);
  permit(caller, "analytics:read", { project });
  const environments = await environmentsOf(tools.database, project);
  return { project, environments: environments.map(({ key }) => key) };
}

/** A number of days as far back as counts are kept. Throws BAD_USER_INPUT. */
export function readDays(path: string, value: number): number {
  const mistakes = new Mistakes();
  if (value < 1 || value > keepDays) mistakes.add(path, `must be between 1 and ${keepDays}, got ${value}.`);
  mistakes.throwIfAny();
  return value;
}
