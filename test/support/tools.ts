/** What use cases are given in tests: a real database, a clock that the test sets, and callers of every kind. */
import { sql } from "drizzle-orm";
import { createDefaultEnvironments, type EnvironmentTools } from "../../src/features/environments/index.js";
import {
  experimentsAskingForFlag,
  experimentsHolding,
} from "../../src/features/experiments/experiment-holders.js";
import { lockExperiments } from "../../src/features/experiments/experiment.store.js";
import { bodyOf, type Change, listChangesAfter, type Position } from "../../src/features/ledger/index.js";
import { demandsVersion } from "../../src/features/flags/index.js";
import {
  ApiKeyKind,
  type ApiKeyIdentity,
  type Caller,
  type Identity,
  type Role,
  type SecondFactor,
  systemCaller,
} from "../../src/features/permissions/index.js";
import {
  createProject,
  type HolderTools,
  type Project,
  type ProjectTools,
} from "../../src/features/projects/index.js";
import { rolloutsHolding } from "../../src/features/rollouts/rollout-holders.js";
import { emptyProject } from "../../src/features/segments/index.js";
import type { Database } from "../../src/platform/database/index.js";
import type { Log } from "../../src/platform/log.js";
import { silentLog } from "./silent-log.js";
import { tamper } from "./tamper.js";

/** The tools that every room needs; spread them and add a room's own. The flags of new environments are the flags room's to furnish. */
export interface TestTools extends ProjectTools, EnvironmentTools {
  readonly database: Database;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Moves the clock to that instant. */
  readonly setClock: (instant: number) => void;
  readonly committed: (position: Position) => Promise<void>;
  readonly revision: () => string;
}

/** What has flags under way, as the composition root has it. */
export const holding: HolderTools = {
  flagHolders: async (database, place) => [
    ...(await experimentsHolding(database, place)),
    ...(await rolloutsHolding(database, place)),
  ],
  flagAskers: experimentsAskingForFlag,
  lockHolders: lockExperiments,
};

/** Where the clock stands until a test moves it. */
export const testStart = Date.parse("2026-01-01T00:00:00Z");

/** `committed` is told of each commit that wrote the ledger, after this instance's `revision` has followed. */
export function testTools(
  database: Database,
  committed: (position: Position) => Promise<void> = async () => undefined,
): TestTools {
  let instant = testStart;
  let revision = "1.0";
  return {
    database,
    log: silentLog,
    now: () => instant,
    setClock: (moved) => {
      instant = moved;
    },
    committed: async (position) => {
      revision = `${position.epoch}.${position.seq}`;
      await committed(position);
    },
    revision: () => revision,
    furnishProject: createDefaultEnvironments,
    emptyProject,
    demandsVersion,
    ...holding,
    furnishEnvironment: async () => undefined,
  };
}

/** Takes everything out of the database: quicker than a fresh one for each test. */
export async function clearDatabase(database: Database): Promise<void> {
  for (const table of ["environments", "segment_uses", "projects", "users", "api_keys"]) {
    await database.execute(sql.raw(`delete from ${table}`));
  }
  await tamper(database, async (tx) => {
    for (const table of ["changes", "ledger_checkpoints"]) await tx.execute(sql.raw(`delete from ${table}`));
  });
}

/** The project `default` with development, staging and production (protected, requires expectedVersion); or another one. */
export async function seedProject(tools: ProjectTools, key = "default"): Promise<Project> {
  return createProject(tools, systemCaller("seed"), { key });
}

/** A row of the ledger as tests look at it. */
export type Recorded = Pick<Change, "kind" | "subject" | "project" | "environment"> &
  ReturnType<typeof bodyOf>;

/** What the ledger has recorded (the first thousand rows), oldest first. */
export async function recorded({ database }: Pick<TestTools, "database">): Promise<Recorded[]> {
  const changes = await listChangesAfter(database, 0, Number.MAX_SAFE_INTEGER, 1_000);
  return changes.map((change) => {
    const { kind, subject, project, environment } = change;
    return { kind, subject, project, environment, ...bodyOf(change) };
  });
}

/** A caller with this identity. */
export function callerOf(identity: Identity): Caller {
  return { identity, requestId: "request-1", ip: "192.0.2.1" };
}

/** A user; `role` is server-wide. */
export function userCaller(role: Role | null, projectRoles: Readonly<Record<string, Role>> = {}): Caller {
  return callerOf({
    kind: "USER",
    id: "00000000-0000-4000-8000-000000000001",
    email: "alice@example.com",
    role,
    projectRoles: new Map(Object.entries(projectRoles)),
    sessionId: "00000000-0000-4000-8000-000000000002",
    expiresAt: Infinity,
    steppedUpUntil: 0,
    secondFactor: "NONE",
  });
}

export function adminCaller(): Caller {
  return userCaller("ADMIN");
}

/** The same user, who stands so with the second factor. */
export function withFactor(caller: Caller, secondFactor: SecondFactor): Caller {
  const { identity } = caller;
  if (identity.kind !== "USER") throw new Error("Only users have a second factor.");
  return { ...caller, identity: { ...identity, secondFactor } };
}

/** An API key: a MANAGEMENT key of the whole server with the role ADMIN unless told otherwise. */
export function keyCaller(key: Partial<Omit<ApiKeyIdentity, "kind">> = {}): Caller {
  const kind = key.keyKind ?? ApiKeyKind.MANAGEMENT;
  const management = kind === ApiKeyKind.MANAGEMENT;
  return callerOf({
    kind: "API_KEY",
    id: "00000000-0000-4000-8000-000000000003",
    name: "key-1",
    keyKind: kind,
    project: management ? null : "default",
    environment: management ? null : "production",
    role: management ? "ADMIN" : null,
    ...key,
  });
}

export function anonymousCaller(): Caller {
  return callerOf({ kind: "ANONYMOUS", reason: "MISSING" });
}
