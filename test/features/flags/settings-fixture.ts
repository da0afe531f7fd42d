/** A project with flags, for tests of what flags do in its environments: real database, real ledger. */
import { createDefaultEnvironments } from "../../../src/features/environments/index.js";
import { createFlag, type CreateFlag } from "../../../src/features/flags/create-flag.js";
import type { Flag, FlagEnvironment } from "../../../src/features/flags/flag.js";
import { listFlagEnvironments } from "../../../src/features/flags/flag-environment.store.js";
import { environmentsUsingSegment, flagUsersOfSegment } from "../../../src/features/flags/guard-in-use.js";
import { bodyOf, type Change, type ChangeBody, lastChanges } from "../../../src/features/ledger/index.js";
import type { RevertTools } from "../../../src/features/flags/revert-change.js";
import { createProject } from "../../../src/features/projects/index.js";
import { revertMetricChange } from "../../../src/features/tracking/index.js";
import { experimentsUsingSegment } from "../../../src/features/experiments/experiment-holders.js";
import type { DatabaseOptions, OpenDatabase } from "../../../src/platform/database/index.js";
import { Problem } from "../../../src/platform/problems.js";
import { type DatabaseKind, freshDatabase } from "../../support/databases.js";
import { adminCaller, type TestTools, testTools } from "../../support/tools.js";

export interface Fixture {
  readonly opened: OpenDatabase;
  readonly tools: TestTools & RevertTools;
  /** Creates a BOOLEAN flag unless told otherwise. */
  readonly addFlag: (key: string, input?: Partial<CreateFlag>) => Promise<Flag>;
  /** The settings as they are stored. */
  readonly stored: (flag: string, environment: string) => Promise<FlagEnvironment>;
  /** The newest change of a flag in an environment. */
  readonly lastChange: (flag: string, environment?: string) => Promise<Change>;
}

/** A project `default` with development, staging and production, of which production is protected. */
export async function openFixture(
  options: DatabaseOptions = {},
  kind: DatabaseKind = "pglite",
): Promise<Fixture> {
  const opened = await freshDatabase(kind, options);
  const { database } = opened;
  const ports = {
    flagUsers: flagUsersOfSegment,
    audienceUsers: experimentsUsingSegment,
    environmentsUsing: environmentsUsingSegment,
    revertMetric: revertMetricChange,
  };
  const tools = { ...testTools(database), ...ports };
  const admin = adminCaller();
  await createProject({ ...tools, furnishProject: createDefaultEnvironments }, admin, { key: "default" });
  return {
    opened,
    tools,
    addFlag: async (key, input = {}) => createFlag(tools, admin, { key, ...input }),
    stored: async (flag, environment) => {
      const rows = await listFlagEnvironments(database, "default", [flag]);
      const row = rows.find((candidate) => candidate.environment === environment);
      if (row === undefined) throw new Error(`${flag} has no settings in ${environment}.`);
      return row;
    },
    lastChange: async (subject, environment) => {
      const [change] = await lastChanges(database, [
        { project: "default", subjectType: "FLAG", subject, environment },
      ]);
      if (change === null || change === undefined) throw new Error(`Nothing is recorded of ${subject}.`);
      return change;
    },
  };
}

/** What a change says, without who and why. */
export function sidesOf(change: Change): Pick<ChangeBody, "before" | "after"> {
  const { before, after } = bodyOf(change);
  return { before, after };
}

/** The problem that a use case throws. */
export async function problemOf(work: Promise<unknown>): Promise<Problem> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("No problem was thrown.");
}

/** The paths of BAD_USER_INPUT, each with its message. */
export async function mistakesOf(work: Promise<unknown>): Promise<Record<string, string>> {
  const { code, details } = await problemOf(work);
  if (code !== "BAD_USER_INPUT") throw new Error(`The problem is ${code}.`);
  return Object.fromEntries((details.fields ?? []).map(({ path, message }) => [path, message]));
}
