/** What keeps people out of an experiment is said, each thing by itself, and no more once it is over. */
import { expect, it } from "vitest";
import { warningsOf } from "../../../src/features/experiments/experiment-warnings.js";
import type { FlagEnvironment, Rule } from "../../../src/features/flags/index.js";

const now = Date.parse("2026-03-10T12:00:00Z");
const experiment: Parameters<typeof warningsOf>[0] = {
  ...{ id: "own", flag: "price", environment: "development", status: "RUNNING", startedAt: new Date(now) },
  ...{ mode: "ANYTIME", optimises: false, endsAt: null },
};
const open = { enabled: true, targets: [], rules: [], prerequisites: [] };
const ruled = (...ids: readonly string[]) => ids.map((id) => ({ id }) as Rule);
const target = { attribute: "targetingKey", values: ["ann"], variant: "on" };

type Settings = Pick<FlagEnvironment, "enabled" | "targets" | "rules" | "prerequisites">;

it.each<[Partial<Settings>, string | null]>([
  [{}, null],
  [{ enabled: false }, " is off: nobody is shown anything by the experiment."],
  [
    { prerequisites: [{ flagKey: "shop", variants: ["on"] }] },
    " has prerequisites: where they are not met, nobody takes part.",
  ],
  [{ targets: [target] }, " has 1 target: whoever is listed does not take part."],
  [{ targets: [target, target] }, " has 2 targets: whoever is listed does not take part."],
  [{ rules: ruled("own", "other") }, null],
  [{ rules: ruled("other", "own") }, " has 1 rule ahead: whoever is decided there does not take part."],
])("of %j: %s", (changes, warning) => {
  const expected = warning === null ? [] : [`Flag "price" in development${warning}`];
  expect(warningsOf(experiment, { ...open, ...changes }, now)).toEqual(expected);
  expect(warningsOf({ ...experiment, status: "STOPPED" }, { ...open, ...changes }, now)).toEqual([]);
});

const draft = { ...experiment, status: "DRAFT", startedAt: null } as const;
const [past, ahead] = [new Date(now), new Date(now + 1)];

it.each<[string, Partial<typeof experiment>, string | null]>([
  ["judged at any look needs no end", {}, null],
  [
    "judged at a date needs an end",
    { mode: "FIXED_HORIZON" },
    "It cannot start without `endsAt`, by which its results are judged in the mode FIXED_HORIZON.",
  ],
  [
    "whose shares move needs an end",
    { optimises: true },
    "It cannot start without `endsAt`, by which its results are judged where shares move.",
  ],
  [
    "needs an end that lies ahead",
    { endsAt: past },
    "`endsAt` is 2026-03-10T12:00:00.000Z, which is past: it cannot start like that.",
  ],
  ["with an end ahead can start", { mode: "GROUP_SEQUENTIAL", endsAt: ahead }, null],
  ["that runs has started", { mode: "FIXED_HORIZON", startedAt: past }, null],
])("a draft %s", (_name, changes, warning) => {
  expect(warningsOf({ ...draft, ...changes }, open, now)).toEqual(warning === null ? [] : [warning]);
});
