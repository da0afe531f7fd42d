/** createMetric: something to measure from now on. */
import { isUniqueViolation } from "../../platform/database/index.js";
import { description, key as readKey, Mistakes, nameOrKey, reason } from "../../platform/input.js";
import { alreadyExists } from "../../platform/problems.js";
import { AuditSubject, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import {
  type Metric,
  MetricDirection,
  type MetricSettings,
  type MetricType,
  partsOf,
  settingsOf,
} from "./metric.js";
import { checkMeasuring, checkParts, type MetricInput, readMeasuring } from "./metric-input.js";
import { insertMetric, lockMetrics } from "./metric.store.js";

export interface CreateMetric extends MetricInput {
  readonly key: string;
  readonly type: MetricType;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly project?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

const defaults: Omit<MetricSettings, "name" | "description" | "type"> = {
  ...{ direction: MetricDirection.INCREASE, windowHours: null, cap: null, unit: null, decimals: 0 },
  ...{ numerator: null, denominator: null },
};

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, and ALREADY_EXISTS for a key that is taken in whatever case. */
export async function createMetric(tools: LedgerTools, caller: Caller, input: CreateMetric): Promise<Metric> {
  const { key: project } = await findProject(tools, caller, input.project);
  const proof = permit(caller, "metric:create", { project });
  const { key, settings, why } = readInput(input);
  try {
    return await write(tools, proof, async (tx, record) => {
      const mistakes = new Mistakes();
      checkParts(settings, await lockMetrics(tx, project, partsOf(settings)), mistakes);
      mistakes.throwIfAny();
      const metric = await insertMetric(tx, { ...settings, project, key });
      record({
        kind: "metric.created",
        subjectType: AuditSubject.METRIC,
        subject: key,
        project,
        after: { id: metric.id, key, ...settingsOf(metric) },
        reason: why,
      });
      return metric;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw alreadyExists("Metric", key);
    throw error;
  }
}

function readInput(input: CreateMetric) {
  const mistakes = new Mistakes();
  const key = readKey("input.key", input.key, mistakes);
  const settings: MetricSettings = {
    ...defaults,
    name: nameOrKey("input.name", input.name, key, mistakes),
    description: description("input.description", input.description, mistakes),
    type: input.type,
    ...readMeasuring(given(input), mistakes),
  };
  checkMeasuring(settings, mistakes);
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return { key, settings, why };
}

/** Of what is new, null means what absence means. */
function given(input: MetricInput): MetricInput {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}
