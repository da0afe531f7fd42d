/** Takes one change of a metric back, as far as nothing later built on it and nothing is measured otherwise by it. */
import type { Transaction } from "../../platform/database/index.js";
import type { Mistakes } from "../../platform/input.js";
import { conflict, notFound, quote } from "../../platform/problems.js";
import {
  AuditSubject,
  bodyOf,
  type Change,
  checkVersion,
  differenceOf,
  type LedgerTools,
  write,
} from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { RevertManner } from "../segments/index.js";
import { refuseMove } from "./archive-metric.js";
import { type Metric, type MetricSettings, partsOf, refuseArchived, settingsOf } from "./metric.js";
import { findMetric, lockMetric } from "./metric.queries.js";
import { saveMetric } from "./metric.store.js";
import { checkChanges } from "./update-metric.js";

type State = MetricSettings & Pick<Metric, "archived">;

/** What a change made, and what it is to be again. */
interface Sides {
  readonly made: Partial<State>;
  readonly former: Partial<State>;
}

/**
 * Undoes an update, an archiving, a restoring or an earlier revert, and gives the id of the change that it records. A metric that was created is
 * archived, since what was tracked by its key outlives it. Needs the rights of what it writes; throws NOT_FOUND, FORBIDDEN, and CONFLICT
 * where something later builds on the change, and for whatever `updateMetric` and `archiveMetric` refuse.
 */
export async function revertMetricChange(
  tools: LedgerTools,
  caller: Caller,
  change: Change,
  { reason, expectedVersion }: RevertManner,
): Promise<string> {
  if (change.project === null) throw notFound("Metric", change.subject);
  const found = await findMetric(tools, caller, change.project, change.subject);
  const { made, former } = sidesOf(change);
  const action = "archived" in former ? "metric:archive" : "metric:update";
  const proof = permit(caller, action, { project: found.project });
  return write(tools, proof, async (tx, record) => {
    const { numerator = null, denominator = null } = former;
    const others = [...partsOf(found), ...partsOf({ numerator, denominator })];
    const locked = await lockMetric(tx, found, others);
    const { metric } = locked;
    refuseOthers(metric, change);
    checkVersion("Metric", metric.version, expectedVersion);
    refuseAltered(metric, made);
    await refuseUnfit(tx, locked, former);
    await saveMetric(tx, metric, former);
    return record({
      kind: "metric.reverted",
      subjectType: AuditSubject.METRIC,
      subject: metric.key,
      project: metric.project,
      ...differenceOf(stateOf(metric), { ...stateOf(metric), ...former }),
      reason,
    });
  });
}

/** The body of a change tells what kind it was: creation has no before. */
function sidesOf(change: Change): Sides {
  const { before, after } = bodyOf(change);
  if (before !== null) return { made: after as Partial<State>, former: before as Partial<State> };
  const { id: _id, key: _key, ...settings } = after as MetricSettings & Pick<Metric, "id" | "key">;
  return { made: { ...settings, archived: false }, former: { archived: true } };
}

/** Throws CONFLICT when the key went with its project, and came back with another. */
function refuseOthers({ id, key, createdAt }: Metric, change: Change): void {
  const { before, after } = bodyOf(change);
  const isOwn =
    before === null ? (after as Pick<Metric, "id">).id === id : Date.parse(change.at) >= createdAt.getTime();
  if (!isOwn) throw conflict(`The change is of an earlier metric ${quote(key)}, which was deleted.`);
}

function refuseAltered(metric: Metric, made: Partial<State>): void {
  const altered = differenceOf(stateOf(metric), { ...stateOf(metric), ...made });
  if (altered === null) return;
  const names = Object.keys(altered.before).join(", ");
  throw conflict(`Metric ${quote(metric.key)} was changed since: ${names}. Revert the later change first.`);
}

async function refuseUnfit(
  tx: Transaction,
  { metric, others }: { readonly metric: Metric; readonly others: readonly Metric[] },
  { archived, ...settings }: Partial<State>,
): Promise<void> {
  if (archived !== undefined) {
    const parts = partsOf(metric);
    await refuseMove(
      tx,
      metric,
      others.filter(({ key }) => parts.includes(key)),
    );
    return;
  }
  refuseArchived(metric);
  const mistakes = await checkChanges(tx, { metric, others }, settings);
  if (!mistakes.isEmpty) throw cannotGoBack(metric, mistakes);
}

/** What was right once is no mistake of the caller. */
function cannotGoBack({ key }: Metric, { all }: Mistakes): Error {
  const whys = all.map(({ path, message }) => `its ${path.replace("input.", "")} ${message}`);
  return conflict(`Metric ${quote(key)} cannot go back: ${whys.join(" ")}`);
}

function stateOf(metric: Metric): State {
  return { ...settingsOf(metric), archived: metric.archived };
}
