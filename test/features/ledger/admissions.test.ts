import { describe, expect, it } from "vitest";
import { Admissions, rangesOf } from "../../../src/features/ledger/admissions.js";
import { type Change, seal } from "../../../src/features/ledger/change.js";

function row(seq: number, kind: string, after: unknown = {}, about: Partial<Change> = {}): Change {
  const envelope = {
    ...{ seq, epoch: 1, id: "i", project: null, environment: null, kind, at: "", requestId: "r" },
    ...({ subjectType: "SETTINGS", subject: "ledger", actorId: null, actorKind: "SYSTEM" } as const),
  };
  const body = { text: JSON.stringify({ after }), salt: "" };
  return { ...seal("", envelope, body, { text: "{}", salt: "" }), ...about };
}

function admitting(...rows: Change[]): Admissions {
  const admissions = new Admissions();
  for (const one of rows) admissions.add(one);
  return admissions;
}

const old = row(
  3,
  "flag.updated",
  {},
  { subjectType: "FLAG", subject: "a", actorKind: "USER", actorId: "u1" },
);

describe("what the ledger admits", () => {
  it("is nothing before it says so", () => {
    const admissions = admitting();
    expect([admissions.hasEmptiedBody(old), admissions.hasEmptiedPerson(old)]).toEqual([false, false]);
  });

  it("are texts that were too old", () => {
    const admissions = admitting(row(9, "ledger.retained", { upTo: 3 }));
    expect([admissions.hasEmptiedBody(old), admissions.hasEmptiedPerson(old)]).toEqual([true, true]);
    const younger = { ...old, seq: 4 };
    expect([admissions.hasEmptiedBody(younger), admissions.hasEmptiedPerson(younger)]).toEqual([
      false,
      false,
    ]);
  });

  it("are bodies of single rows", () => {
    const admissions = admitting(
      row(9, "ledger.erased", {
        rows: [
          [1, 1],
          [3, 4],
        ],
      }),
    );
    expect([1, 2, 3, 4, 5].map((seq) => admissions.hasEmptiedBody({ ...old, seq }))).toEqual([
      ...[true, false, true, true, false],
    ]);
    expect(admissions.hasEmptiedPerson(old)).toBe(false);
  });

  it("are rows of a user and about a user", () => {
    const admissions = admitting(row(9, "ledger.erased", { user: "u1", upTo: 8 }));
    const about = { ...old, subjectType: "USER", subject: "u1", actorId: "u2" } as const;
    expect([admissions.hasEmptiedBody(old), admissions.hasEmptiedPerson(old)]).toEqual([false, true]);
    expect([admissions.hasEmptiedBody(about), admissions.hasEmptiedPerson(about)]).toEqual([true, false]);
    const registered = { ...about, actorId: null, actorKind: "SYSTEM" } as const;
    expect(admissions.hasEmptiedPerson(registered)).toBe(true);
    expect(admissions.hasEmptiedPerson({ ...old, actorId: "u2" })).toBe(false);
    expect(admissions.hasEmptiedPerson({ ...old, actorKind: "API_KEY" })).toBe(false);
  });

  it.each([
    ["a row of its own, or a later one", row(2, "ledger.retained", { upTo: 3 })],
    ["rows after it", row(2, "ledger.erased", { rows: [[1, 4]] })],
    ["a user's rows after it", row(2, "ledger.erased", { user: "u1", upTo: 4 })],
    ["anything without words for it", row(9, "ledger.retained", "3")],
    ["anything once its own body is gone", row(9, "ledger.retained", {}, { body: null, salt: null })],
    ["anything about another subject", row(9, "ledger.retained", { upTo: 3 }, { subject: "server" })],
    ["anything by ranges that are none", row(9, "ledger.erased", { rows: [[3], ["3", 3], 3, null] })],
  ])("is never %s", (_what, admission) => {
    const admissions = admitting(admission);
    expect([admissions.hasEmptiedBody(old), admissions.hasEmptiedPerson(old)]).toEqual([false, false]);
  });

  it("is never the body of an admission", () => {
    const admissions = admitting(row(9, "ledger.retained", { upTo: 8 }));
    expect(admissions.hasEmptiedBody(row(5, "ledger.erased"))).toBe(false);
    expect(admissions.hasEmptiedPerson(row(5, "ledger.erased"))).toBe(true);
  });

  it("is a history that was given up: what came after the restored row, up to the abandoned one", () => {
    const abandoned = { epoch: 2, seq: 80, hash: "a" };
    const admissions = admitting(
      row(
        41,
        "ledger.forked",
        { abandoned, restored: { epoch: 1, seq: 40, hash: "b" } },
        { epoch: 3, prevHash: "b" },
      ),
    );
    const has = (epoch: number, seq: number, hash = "x") => admissions.hasAbandoned({ epoch, seq, hash });
    expect([has(1, 40), has(1, 41), has(2, 79), has(2, 81), has(3, 60), has(2, 80), has(2, 80, "a")]).toEqual(
      [...[false, true, true, false, false, false, true]],
    );
    expect(admissions.forks).toMatchObject([{ seq: 41 }]);
  });
});

it("is a history of which nobody knew how far it went, up to the epoch that came after it", () => {
  const restored = { epoch: 1, seq: 40, hash: "b" };
  const about = { epoch: 2, prevHash: "b" };
  const admissions = admitting(row(41, "ledger.forked", { abandoned: null, restored }, about));
  const has = (epoch: number, seq: number) => admissions.hasAbandoned({ epoch, seq, hash: "x" });
  expect([has(1, 40), has(1, 41), has(1, 4_000), has(2, 41)]).toEqual([false, true, true, false]);
});

it("is no history that is still there", () => {
  const restored = { epoch: 1, seq: 40, hash: "b" };
  const fork = { abandoned: null, restored };
  const elsewhere = row(43, "ledger.forked", fork, { epoch: 2, prevHash: "b" });
  const ofAnother = row(41, "ledger.forked", fork, { epoch: 2, prevHash: "c" });
  for (const one of [elsewhere, ofAnother]) {
    expect(admitting(one).hasAbandoned({ epoch: 1, seq: 41, hash: "x" })).toBe(false);
  }
});

it("says many numbers in few ranges", () => {
  expect(rangesOf([])).toEqual([]);
  expect(rangesOf([5, 1, 2, 9, 3])).toEqual([
    [1, 3],
    [5, 5],
    [9, 9],
  ]);
});
