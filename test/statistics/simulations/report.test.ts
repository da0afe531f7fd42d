import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { atLeast, atMost, isKept, meanOf, type Row, shareOf, tally } from "./claim.js";
import { markdownTable, told, underLastHeading } from "./report.js";

const kept: Row = {
  claim: "It is rarely wrong",
  measured: "1 000 tests",
  bound: atMost(0.05),
  figure: 0.031,
  standardError: 0.01,
};
const broken: Row = { ...kept, claim: "It finds much", bound: atLeast(0.8), figure: 0.75 };

describe("a bound", () => {
  it("is kept up to the bound itself, and beyond it by as many standard errors as are allowed", () => {
    expect([kept, { ...kept, figure: 0.05 }, broken].map((row) => isKept(row))).toEqual([true, true, false]);
    expect(isKept({ ...kept, figure: 0.0501 })).toBe(false);
    expect([4, 6].map((errors) => isKept(broken, errors))).toEqual([false, true]);
  });
});

describe("a figure", () => {
  it("of a share has an error even where nothing happened", () => {
    expect(shareOf(25, 100).figure).toBe(0.25);
    expect(shareOf(25, 100).standardError).toBeCloseTo(0.0436, 3);
    expect(shareOf(0, 100).standardError).toBeGreaterThan(0.005);
  });

  it("of a mean has that of the mean", () => {
    expect(meanOf([1, 2, 3, 4]).figure).toBe(2.5);
    expect(meanOf([1, 2, 3, 4]).standardError).toBeCloseTo(Math.sqrt(5) / 4, 12);
  });

  it("is counted for each thing by its name", () => {
    let test = 0;
    const { always, odd } = tally(10, () => ({ always: true, odd: (test += 1) % 2 === 1 }));
    expect([always.figure, odd.figure]).toEqual([1, 0.5]);
  });
});

describe("the report", () => {
  it("says which bound is broken", () => {
    expect(told(kept)).toBe("kept   0.0310 ± 0.0100, at most 0.05: It is rarely wrong (1 000 tests)");
    expect(told(broken)).toMatch(/^BROKEN 0\.7500/);
  });

  it("is a table that the formatter leaves as it is", async () => {
    const table = `${markdownTable([kept, broken])}\n`;
    expect(table).toContain("| at least 0.8 | 0.7500 | 0.0100         | **no** |");
    expect(await format(table, { parser: "markdown", printWidth: 110 })).toBe(table);
  });

  it("takes the place of what stood under the last heading", () => {
    const document = "# One\n\ntext\n\n## Two\n\nold\n";
    expect(underLastHeading(document, "new")).toBe("# One\n\ntext\n\n## Two\n\nnew\n");
    expect(underLastHeading("## Two\n", "new")).toBe("## Two\n\nnew\n");
    expect(() => underLastHeading("no heading", "new")).toThrow("no heading");
  });
});
