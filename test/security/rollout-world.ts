/** Guarded rollouts of the world that the security tests are about: one under way in each environment, on a flag of its own. */
import type { Samples } from "./operations.js";

const steps = "[{ percent: 10, hold: { hours: 24, approval: true } }, { percent: 100 }]";

/** Mutations that make them, once there are projects. */
export const rolloutFurniture: readonly string[] = [
  '{ createMetric(input: { key: "faults", type: CONVERSION, direction: DECREASE }) { key } }',
  ...["rolling", "unrolled"].map((key) => `{ createFlag(input: { key: "${key}" }) { key } }`),
  ...["development", "production"].map(
    (environment) => `{ startGuardedRollout(input: { flagKey: "rolling", environment: "${environment}",
      variant: "on", steps: ${steps}, guardrails: [{ metric: "faults" }] }) { id } }`,
  ),
];

/** What finds them. */
export const rolloutQuery = "guardedRollouts { nodes { id environment { key } } }";

/** What the samples of operations on them are, so that each finds what it needs in the order of the schema. */
export function rolloutSamples(rolloutId: string): Samples {
  return {
    "guardedRollout.id": rolloutId,
    "GuardedRolloutRefInput.id": rolloutId,
    "ApproveStepInput.id": rolloutId,
    "StartGuardedRolloutInput.flagKey": "unrolled",
    "StartGuardedRolloutInput.baseline": "off",
    "StartGuardedRolloutInput.steps": [
      { percent: 10, hold: { hours: 24, units: 100, approval: true } },
      { percent: 100 },
    ],
    "StartGuardedRolloutInput.guardrails": [{ metric: "faults", margin: 0.1 }],
  };
}
