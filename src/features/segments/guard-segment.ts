/** What stands between a segment and a change of it: the environments in which it is in use, and whoever names it. */
import type { Transaction } from "../../platform/database/index.js";
import { conflict, forbidden, quote } from "../../platform/problems.js";
import { checkVersion, type LedgerTools } from "../ledger/index.js";
import { type Caller, environmentsRefused, type GuardedEnvironment, ruleOf } from "../permissions/index.js";
import type { Segment, SegmentName } from "./segment.js";
import { readUsers } from "./segment.store.js";

/** A flag whose rules name a segment in an environment. */
export interface FlagUse {
  readonly flag: string;
  readonly environment: string;
}

/** As much of an environment as decides who may change what is in use there, and how. */
export interface EnvironmentInUse extends GuardedEnvironment {
  readonly requireExpectedVersion: boolean;
}

/** Flags and experiments are later rooms: what they know of segments comes through here, supplied by the composition root. */
export interface SegmentTools extends LedgerTools {
  /** The flags, archived ones too, whose rules name the segment; by flag and environment. */
  readonly flagUsers: (tx: Transaction, project: string, segment: string) => Promise<readonly FlagUse[]>;
  /** The experiments whose audience names the segment, as messages call them: before they start and while they are paused, no rule of a flag does. */
  readonly audienceUsers: (tx: Transaction, project: string, segment: string) => Promise<readonly string[]>;
  /** The environments where an enabled flag depends on the segment: directly, or through segments, prerequisites and conditions. */
  readonly environmentsUsing: (
    tx: Transaction,
    project: string,
    segment: string,
  ) => Promise<readonly EnvironmentInUse[]>;
}

/** Refuses a change that is not allowed in some environment where the segment is in use: FORBIDDEN names them, or STEP_UP_REQUIRED. Gives all of them. */
export async function permitWhereInUse(
  tools: SegmentTools,
  tx: Transaction,
  caller: Caller,
  { project, key }: SegmentName,
): Promise<readonly EnvironmentInUse[]> {
  const environments = await tools.environmentsUsing(tx, project, key);
  const action = "segment:update";
  const refused = environmentsRefused(caller, action, project, environments);
  if (refused.length === 0) return environments;
  const { role, protectedRole = role } = ruleOf(action);
  const places = joined(refused);
  throw forbidden(
    `${action} needs the role ${protectedRole}, because segment ${quote(key)} is in use in ${places}.`,
  );
}

/** The whole guard of an update: the right and the version that the strictest environment in use asks for. */
export async function guardUpdate(
  tools: SegmentTools,
  tx: Transaction,
  caller: Caller,
  segment: Segment,
  expectedVersion: number | null | undefined,
): Promise<void> {
  const environments = await permitWhereInUse(tools, tx, caller, segment);
  const required = environments.some(({ requireExpectedVersion }) => requireExpectedVersion);
  checkVersion("Segment", segment.version, expectedVersion, required);
}

/** Refuses to delete what is named: CONFLICT lists the users. The caller holds the segment's lock, so nobody can begin to name it. */
export async function refuseUsed(
  tools: SegmentTools,
  tx: Transaction,
  { project, key }: SegmentName,
): Promise<void> {
  const flags = new Map<string, string[]>();
  for (const { flag, environment } of await tools.flagUsers(tx, project, key)) {
    flags.set(flag, [...(flags.get(flag) ?? []), environment]);
  }
  const segments = await readUsers(tx, project, [key]);
  const users = [
    ...Array.from(flags, ([flag, environments]) => `by flag ${quote(flag)} in ${joined(environments)}`),
    ...segments.map(({ segment }) => `by segment ${quote(segment.key)}`),
    ...(await tools.audienceUsers(tx, project, key)).map((user) => `by ${user}`),
  ];
  if (users.length > 0) throw conflict(`Segment ${quote(key)} is used ${joined(users)}.`);
}

/** "a", "a and b", "a, b and c". */
function joined(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
