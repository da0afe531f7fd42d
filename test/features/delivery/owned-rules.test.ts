/** What an experiment's rule does to those who ask and those who listen: answers say where they belong, and a new epoch alone is no news. */
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  evaluate,
  type EvaluationUpdate,
  flagChanges,
  type FlagChange,
  liveEvaluations,
} from "../../../src/features/delivery/index.js";
import type { AnsweredQuestion } from "../../../src/features/delivery/answered.js";
import type { Resolution } from "../../../src/evaluation/index.js";
import { auditEvents } from "../../../src/features/ledger/index.js";
import { updateFlag } from "../../../src/features/flags/update-flag.js";
import { updateFlagEnvironment } from "../../../src/features/flags/update-flag-environment.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import { asOwner, experiment, measured } from "../flags/owned-fixture.js";
import { admin, evaluationKey, type Instance, Listener, openInstance } from "./delivery-fixture.js";

const server = evaluationKey("SERVER");
const alice = { targetingKey: "alice" };
const place = { flag: "till", environment: "staging" };
const whole = {
  ...measured,
  serve: { split: [{ variant: "off", weight: 100_000 }], bucketBy: null, seed: experiment.id },
};
let instance: Instance;

beforeAll(async () => {
  instance = await openInstance();
  await instance.addFlag("till");
  await instance.toggle("till", true);
});
afterAll(async () => instance.close());

/** The experiment of the answer that those who count were told of. */
function participation(): unknown {
  const told: Resolution[] = [];
  const answered = (_question: AnsweredQuestion, answers: readonly Resolution[]) => told.push(...answers);
  evaluate({ ...instance.tools, answered }, server, { flagKey: "till", context: alice });
  return told[0]?.experiment;
}

it("tells those who listen once, however many epochs follow, and those who count each of them", async () => {
  const answers = new Listener<EvaluationUpdate>(
    liveEvaluations(instance.tools, server, { context: alice, flagKeys: ["till"] }),
  );
  const changes = new Listener<FlagChange>(flagChanges(instance.tools, admin, { flagKeys: ["till"] }));
  expect((await answers.told()).evaluations).toMatchObject([{ value: true, reason: "STATIC" }]);
  const { slices, id } = experiment;

  await asOwner(instance.tools, place, { rule: whole });
  expect((await answers.told()).evaluations).toMatchObject([
    { value: false, reason: "SPLIT", ruleId: "new-price" },
  ]);
  expect(participation()).toEqual({ id, epoch: 1, by: "targetingKey", slices });

  await asOwner(instance.tools, place, { rule: whole }, { ...experiment, epoch: 2 });
  expect(await answers.next(150)).toBe("silence");
  expect(participation()).toEqual({ id, epoch: 2, by: "targetingKey", slices });

  await asOwner(instance.tools, place, { rule: null });
  expect((await answers.told()).evaluations).toMatchObject([{ value: true, reason: "STATIC" }]);
  expect(participation()).toBeUndefined();

  const kinds = ["flag.rule_installed", "flag.rule_changed_by_owner", "flag.rule_withdrawn"];
  for (const kind of kinds) expect((await changes.told()).change?.kind).toBe(kind);
  const { edges } = await auditEvents(instance.tools, admin, { flagKey: "till", kinds }, { first: 9 });
  expect(edges.map(({ node }) => node.kind)).toEqual(kinds.toReversed());
  await Promise.all([answers.end(), changes.end()]);
});

/** What a CLIENT key's subscriber, who sees no rules, makes those who count hear while a split becomes an experiment's and its epochs follow. */
async function heard(recordExposures: boolean): Promise<readonly unknown[]> {
  const told: unknown[] = [];
  const answered = (_question: AnsweredQuestion, answers: readonly Resolution[]) =>
    told.push(...answers.map(({ reason, experiment: chosenBy }) => [reason, chosenBy?.id, chosenBy?.epoch]));
  await updateFlagEnvironment(instance.tools, admin, {
    ...{ flagKey: "till", environment: "staging" },
    fallthrough: { split: [{ variant: "off", percent: 100 }] },
  });
  const args = { context: alice, flagKeys: ["till"], recordExposures };
  const listener = new Listener<EvaluationUpdate>(
    liveEvaluations({ ...instance.tools, answered }, evaluationKey("CLIENT"), args),
  );
  expect((await listener.told()).evaluations).toMatchObject([{ value: false, reason: "SPLIT" }]);
  for (const epoch of [1, 2]) {
    await asOwner(instance.tools, place, { rule: whole }, { ...experiment, epoch });
    expect(await listener.next(150)).toBe("silence");
  }
  await asOwner(instance.tools, place, { rule: null });
  expect(await listener.next(150)).toBe("silence");
  await listener.end();
  return told;
}

it("tells those who count of an experiment that chooses what a subscriber is shown already, once", async () => {
  await updateFlag(instance.tools, admin, { flagKey: "till", clientVisible: true });
  const first = ["SPLIT", undefined, undefined];
  expect(await heard(true)).toEqual([first, ["SPLIT", experiment.id, 1]]);
  expect(await heard(false)).toEqual([first]);
});

it("lets no user who listens stand for an application that asks the same", () => {
  const args = { context: alice, flagKeys: ["till"], environment: "staging" };
  const topicOf = (caller: Caller, recordExposures: boolean) =>
    liveEvaluations(instance.tools, caller, { ...args, recordExposures }).topic();
  expect(topicOf(admin, false)).toBe(topicOf(server, false));
  expect(topicOf(admin, true)).not.toBe(topicOf(server, true));
});
