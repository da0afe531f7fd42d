/** An instance with flags and metrics to experiment with, and a clock that tests move. */
import type { EvaluationContext, Participation, Resolution } from "../../../src/evaluation/index.js";
import { evaluate } from "../../../src/features/delivery/index.js";
import {
  createExperiment,
  type CreateExperiment,
} from "../../../src/features/experiments/create-experiment.js";
import type { Experiment } from "../../../src/features/experiments/experiment.js";
import { startExperiment } from "../../../src/features/experiments/lifecycle/start-experiment.js";
import { createMetric } from "../../../src/features/tracking/create-metric.js";
import type { Bus } from "../../../src/platform/bus/index.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { silentLog } from "../../support/silent-log.js";
import { admin, evaluationKey, type Instance, openInstance } from "../delivery/delivery-fixture.js";

export interface Answer {
  readonly variant: string | null;
  readonly reason: string;
  /** What those who count are told. */
  readonly experiment: Participation | undefined;
}

export interface Laboratory extends Instance {
  readonly tools: Instance["tools"] & { readonly log: typeof silentLog };
  readonly setClock: (instant: string) => void;
  /** What a SERVER key of staging is answered for that key. */
  readonly ask: (
    targetingKey: string,
    flagKey?: string,
    attributes?: EvaluationContext["attributes"],
  ) => Answer;
  /** The variants that so many people have, by key. */
  readonly crowd: (size: number, flagKey?: string) => Map<string, Answer>;
  readonly create: (key: string, input?: Partial<CreateExperiment>) => Promise<Experiment>;
  /** Creates and starts. */
  readonly run: (key: string, input?: Partial<CreateExperiment>) => Promise<Experiment>;
}

/** When the tests begin. */
export const start = "2026-03-10T12:00:00Z";
const server = evaluationKey("SERVER");

/** With the flags `till` and `banner` on in staging, where everybody gets `off`, and the metrics bought, errors, revenue and latency. */
export async function openLaboratory(
  options: { readonly opened?: OpenDatabase; readonly bus?: Bus; readonly isSecond?: boolean } = {},
): Promise<Laboratory> {
  let instant = Date.parse(start);
  const instance = await openInstance({ ...options, now: () => instant });
  const tools = { ...instance.tools, log: silentLog, now: () => instant };
  if (options.isSecond !== true) await furnish(instance);
  const ask: Laboratory["ask"] = (targetingKey, flagKey = "till", attributes = {}) => {
    const told: Resolution[] = [];
    const answered = (_question: unknown, answers: readonly Resolution[]) => void told.push(...answers);
    const context = { targetingKey, attributes };
    const { variant, reason } = evaluate({ ...tools, answered }, server, { flagKey, context });
    return { variant: variant ?? null, reason, experiment: told[0]?.experiment };
  };
  const create: Laboratory["create"] = async (key, input = {}) =>
    createExperiment(tools, admin, {
      ...{ key, flagKey: "till", environment: "staging", control: "off" },
      ...{ metrics: [{ metric: "bought", role: "PRIMARY" }], ...input },
    });
  return {
    ...instance,
    tools,
    setClock: (moved) => {
      instant = Date.parse(moved);
    },
    ask,
    crowd: (size, flagKey) =>
      new Map(Array.from({ length: size }, (_, n) => [`user-${n}`, ask(`user-${n}`, flagKey)])),
    create,
    run: async (key, input) => {
      await create(key, input);
      return startExperiment(tools, admin, { experiment: key });
    },
  };
}

async function furnish({ addFlag, tools }: Instance): Promise<void> {
  const fallthrough = { variant: "off" };
  for (const key of ["till", "banner", "footer"]) {
    await addFlag(key, { environments: [{ environment: "staging", enabled: true, fallthrough }] });
  }
  for (const [key, type] of [
    ["bought", "CONVERSION"],
    ["errors", "COUNT"],
    ["revenue", "SUM"],
    ["latency", "MEAN"],
  ] as const) {
    await createMetric(tools, admin, { key, type });
  }
}

/** The keys of those whom an experiment counts. */
export function takingPart(crowd: ReadonlyMap<string, Answer>): Set<string> {
  return new Set([...crowd].filter(([, { experiment }]) => experiment !== undefined).map(([key]) => key));
}
