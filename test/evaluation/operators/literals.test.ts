/** Reading dates and addresses, against what the platform reads. */
import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCondition, readInstant } from "../../../src/evaluation/index.js";
import { naiveInstant } from "../naive-interpreter.js";

describe("instants", () => {
  it("are read as the platform reads them, at any offset", () => {
    const date = fc.date({
      min: new Date("0000-01-02T00:00:00Z"),
      max: new Date("9999-12-30T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, fc.integer({ min: -1439, max: 1439 }), (at, minutes) => {
        const local = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, -1);
        const pad = (n: number): string => String(n).padStart(2, "0");
        const offset = `${minutes < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
        expect(readInstant(local + offset)).toBe(at.getTime());
        expect(readInstant(at.toISOString().slice(0, 10))).toBe(Date.parse(at.toISOString().slice(0, 10)));
      }),
      { numRuns: 2000 },
    );
  });

  it("are not made of what only looks like one", () => {
    const digits = fc.constantFrom(
      "00",
      "01",
      "02",
      "12",
      "13",
      "23",
      "24",
      "28",
      "29",
      "30",
      "31",
      "32",
      "59",
      "61",
    );
    fc.assert(
      fc.property(
        fc.constantFrom("1900", "2000", "2023", "2024"),
        digits,
        digits,
        digits,
        digits,
        (year, month, day, hour, minute) => {
          const text = `${year}-${month}-${day}T${hour}:${minute}:00Z`;
          const expected = hour === "24" ? NaN : naiveInstant(text);
          expect(readInstant(text) ?? NaN).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("addresses", () => {
  const reads = (text: string): boolean =>
    checkCondition({ attribute: "a", operator: "IN_CIDR", values: [text] }, "").length === 0;
  const group = fc.oneof(
    fc.constantFrom("", "0", "ffff", "db8", "00001", "g", "1.2.3.4", "01.2.3.4", "256.1.1.1", "1.2.3"),
    fc.nat(99999).map(String),
  );

  it("are those that the platform takes for addresses, zones apart", () => {
    const text = fc.oneof(
      fc.array(group, { minLength: 1, maxLength: 9 }).map((groups) => groups.join(":")),
      fc.array(fc.nat(300).map(String), { minLength: 3, maxLength: 5 }).map((groups) => groups.join(".")),
      fc.ipV4(),
      fc.ipV6(),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (address) => {
        fc.pre(!address.includes("/") && !address.includes("%"));
        expect([address, reads(address)]).toEqual([address, isIPv4(address) || isIPv6(address)]);
      }),
      { numRuns: 5000 },
    );
  });
});
