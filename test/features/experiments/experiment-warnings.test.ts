/** What keeps people out of an experiment is said, each thing by itself, and no more once it is over. */
import { expect, it } from "vitest";
import { warningsOf } from "../../../src/features/experiments/experiment-warnings.js";
import type { FlagEnvironment, Rule } from "../../../src/features/flags/index.js";

const experiment = { id: "own", flag: "price", environment: "development", status: "RUNNING" } as const;
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
  expect(warningsOf(experiment, { ...open, ...changes })).toEqual(expected);
  expect(warningsOf({ ...experiment, status: "STOPPED" }, { ...open, ...changes })).toEqual([]);
});
