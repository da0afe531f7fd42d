/** Of which answers something is counted at all. */
import { expect, it } from "vitest";
import type { Resolution } from "../../../src/evaluation/index.js";
import type { AnsweredQuestion } from "../../../src/features/delivery/index.js";
import { seenIn } from "../../../src/features/tracking/seen-exposure.js";
import { keyCaller, testStart } from "../../support/tools.js";

const experiment = {
  ...{ id: "0b0b0b0b-0000-4000-8000-000000000001", epoch: 1, by: "targetingKey", key: "till", slices: [] },
};
const answer: Resolution = {
  ...{ key: "till", value: true, reason: "SPLIT", variant: "on", bucket: 5, experiment },
};

function asked(targetingKey: string): AnsweredQuestion {
  return {
    ...{ caller: keyCaller({ keyKind: "SERVER" }), exposes: true, now: testStart },
    place: { project: "default", environment: "production" },
    context: { targetingKey },
  } as AnsweredQuestion;
}

it("counts somebody, and not those whom an application does not know", () => {
  expect(seenIn(asked("ann"), answer)).toMatchObject({ value: "ann", variant: "on" });
  for (const nobody of ["", "  "]) expect(seenIn(asked(nobody), answer)).toBeUndefined();
});
