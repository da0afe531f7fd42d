/** Whom an entry is about: somebody, or it is refused. */
import { expect, it } from "vitest";
import { readSubject } from "../../../src/features/tracking/subject.js";
import { Mistakes } from "../../../src/platform/input.js";

const at = "2026-03-10T12:00:00Z";

it.each(["", " ", "\t\u00a0\n"])("is not %j, which all would be whom nobody knows", (unit) => {
  const mistakes = new Mistakes();
  readSubject({ unit, at }, mistakes);
  const because = "leave out whoever is not known, who would all be counted as one.";
  expect(mistakes.all).toEqual([
    { path: "unit", message: `must say whom it is about, got ${JSON.stringify(unit)}: ${because}` },
  ]);
});

it("keeps the blanks of what has more, as bucketing does", () => {
  const mistakes = new Mistakes();
  expect(readSubject({ unit: " ann ", at }, mistakes).value).toBe(" ann ");
  expect(mistakes.isEmpty).toBe(true);
});
