import { describe, expect, it } from "vitest";
import { dueActions } from "../../../../src/features/experiments/unattended/due-experiments.js";
import type { ExperimentStatus } from "../../../../src/features/experiments/experiment.js";

const now = new Date("2026-03-10T12:00:00Z");
const past = new Date("2026-03-10T11:59:59.999Z");
const future = new Date("2026-03-10T12:00:00.001Z");

function actionsOf(status: ExperimentStatus, startsAt: Date | null, endsAt: Date | null): string[] {
  return dueActions([{ status, startsAt, endsAt }], now).map(({ action }) => action);
}

describe("what is due", () => {
  it("is the start of what is scheduled, once its moment has come", () => {
    expect(actionsOf("SCHEDULED", future, null)).toEqual([]);
    expect(actionsOf("SCHEDULED", now, null)).toEqual(["START"]);
    expect(actionsOf("SCHEDULED", past, past)).toEqual(["START"]);
    expect(actionsOf("SCHEDULED", null, past)).toEqual([]);
  });

  it("is the end of what is under way", () => {
    for (const status of ["RUNNING", "PAUSED"] as const) {
      expect(actionsOf(status, past, null)).toEqual([]);
      expect(actionsOf(status, past, future)).toEqual([]);
      expect(actionsOf(status, past, now)).toEqual(["END"]);
    }
  });

  it("is nothing for a draft and for what is over", () => {
    for (const status of ["DRAFT", "STOPPED", "CONCLUDED"] as const) {
      expect(actionsOf(status, past, past)).toEqual([]);
    }
  });
});
