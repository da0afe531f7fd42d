/** What is one exposure and what is another. */
import { expect, it } from "vitest";
import type { Participation } from "../../../src/evaluation/index.js";
import { ExposureNames } from "../../../src/features/tracking/exposure-names.js";

const trial: Participation = { id: "trial", epoch: 1, by: "targetingKey", slices: [] };

it("names the same exposure alike, also once its rule was read anew", () => {
  const names = new ExposureNames();
  expect(names.of({ ...trial }, "on", "ann")).toBe(names.of(trial, "on", "ann"));
});

it("tells trials, epochs, variants and people apart", () => {
  const names = new ExposureNames();
  const all = [
    ...["ann", "1\0ann", ""].map((value) => names.of(trial, "on", value)),
    ...["off", "on ann"].map((variant) => names.of(trial, variant, "ann")),
    names.of({ ...trial, epoch: 2 }, "on", "ann"),
    names.of({ ...trial, id: "other" }, "on", "ann"),
  ];
  expect(new Set(all).size).toBe(all.length);
});
