import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dateTime,
  description,
  isKey,
  json,
  key,
  list,
  Mistakes,
  name,
  percent,
  publicKey,
  search,
  strings,
  text,
} from "../../src/platform/input.js";
import { Problem } from "../../src/platform/problems.js";

/** What a checker complains of, and what it gives back. */
function check<T>(read: (mistakes: Mistakes) => T): { value: T; message: string | null } {
  const mistakes = new Mistakes();
  const value = read(mistakes);
  try {
    mistakes.throwIfAny();
    return { value, message: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { value, message: error.details.fields?.map(({ message }) => message).join(" ") ?? "" };
  }
}

describe("mistakes", () => {
  it("are told all at once, each with its path", () => {
    const mistakes = new Mistakes();
    expect(mistakes.isEmpty).toBe(true);
    expect(() => mistakes.throwIfAny()).not.toThrow();
    name("input.name", "", mistakes);
    percent("input.rules[0].gate.percent", 120, mistakes);
    expect(mistakes.isEmpty).toBe(false);
    expect(() => mistakes.throwIfAny()).toThrow(
      expect.objectContaining({
        code: "BAD_USER_INPUT",
        details: {
          fields: [
            { path: "input.name", message: "must not be empty." },
            { path: "input.rules[0].gate.percent", message: "must be between 0 and 100, got 120." },
          ],
        },
      }),
    );
  });
});

describe("text", () => {
  const read = (value: unknown) => check((mistakes) => text("it", value, mistakes, { max: 5 })).message;

  it("is a string within its limits that PostgreSQL can keep", () => {
    expect(read("seven")).toBeNull();
    expect(read("")).toBeNull();
    expect(read("😀")).toBeNull();
    expect(read("longer")).toBe("must be at most 5 characters long, got 6.");
    expect(read(null)).toBe("must be a string, got null.");
    expect(read(undefined)).toBe("must be a string, got nothing.");
    expect(read("a\0b")).toBe('must be well-formed Unicode without NUL, got "a\\u0000b".');
    expect(read("\ud800")).toBe('must be well-formed Unicode without NUL, got "\\ud800".');
  });

  it("is null where it may be left out and is", () => {
    expect(check((mistakes) => description("it", null, mistakes))).toEqual({ value: null, message: null });
    expect(check((mistakes) => description("it", undefined, mistakes)).value).toBeNull();
    expect(check((mistakes) => description("it", "said", mistakes)).value).toBe("said");
    expect(check((mistakes) => description("it", "x".repeat(4_001), mistakes)).message).toMatch(/4000/);
  });

  it("names may be long, but not blank", () => {
    expect(check((mistakes) => name("it", "x".repeat(200), mistakes)).message).toBeNull();
    expect(check((mistakes) => name("it", "x".repeat(201), mistakes)).message).toMatch(/at most 200/);
    expect(check((mistakes) => name("it", " \t", mistakes)).message).toBe("must not be empty.");
  });

  it("searches are trimmed, and blank ones are none", () => {
    expect(check((mistakes) => search("it", "  ", mistakes)).value).toBeNull();
    expect(check((mistakes) => search("it", " beta ", mistakes)).value).toBe("beta");
  });
});

describe("keys", () => {
  it("are letters, digits, dots, underscores and hyphens after a letter or digit", () => {
    for (const good of ["a", "A.b_c-d", "9", "x".repeat(128)]) expect(isKey(good)).toBe(true);
    for (const bad of ["", ".a", "-a", "a b", "ä", "a/b", "a\n", "x".repeat(129)]) {
      expect(isKey(bad)).toBe(false);
      expect(check((mistakes) => key("it", bad, mistakes)).message).toMatch(/^must be 1 to 128 letters/);
    }
  });

  it("of what has an address are no reserved words in any case", () => {
    expect(check((mistakes) => key("it", "new", mistakes)).message).toBeNull();
    for (const word of ["admin", "API", "health", "metrics", "GraphQL", "new"]) {
      const message = `is a reserved word, got "${word}".`;
      expect(check((mistakes) => publicKey("it", word, mistakes))).toEqual({ value: "", message });
    }
  });
});

describe("date-times", () => {
  const read = (value: unknown) => check((mistakes) => dateTime("it", value, mistakes));

  it("become UTC, with milliseconds only where there are any", () => {
    expect(read("2026-12-01T10:00:00+01:00").value).toBe("2026-12-01T09:00:00Z");
    expect(read("2026-12-01t09:00:00.25z").value).toBe("2026-12-01T09:00:00.250Z");
  });

  it.each([
    ["a date alone", "2026-12-01"],
    ["a day that does not exist", "2026-02-30T00:00:00Z"],
    ["no offset", "2026-12-01T09:00:00"],
    ["a number", 1_767_225_600_000],
    ["a year before the first", "0000-12-31T23:59:59Z"],
    ["words", "tomorrow"],
  ])("refuse %s", (_what, value) => {
    expect(read(value).message).toMatch(/^must be an RFC 3339 date-time such as/);
  });

  it("are their own canonical text", () => {
    const moments = fc.date({
      min: new Date("0001-01-02"),
      max: new Date("9999-12-30"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (moment) => {
        const { value } = read(moment.toISOString());
        expect(Date.parse(value)).toBe(moment.getTime());
        expect(read(value).value).toBe(value);
      }),
    );
  });
});

describe("percentages", () => {
  const read = (value: unknown) => check((mistakes) => percent("it", value, mistakes));

  it("are 0 to 100 with three decimals", () => {
    for (const good of [0, 0.001, 33.333, 99.999, 100]) {
      expect(read(good)).toEqual({ value: good, message: null });
    }
    expect(read(33.3333).message).toBe("must have at most three decimals, got 33.3333.");
    for (const bad of [-0.001, 100.001, Number.NaN, "5", null]) {
      expect(read(bad).message).toMatch(/^must be between 0 and 100, got /);
    }
  });
});

describe("lists", () => {
  it("have a greatest and a least length", () => {
    const read = (value: readonly number[] | null | undefined) =>
      check((mistakes) => list("it", value, mistakes, { min: 1, max: 2 })).message;
    expect(read([1, 2])).toBeNull();
    expect(read([])).toBe("must have at least 1 entry, got 0.");
    expect(read([1, 2, 3])).toBe("must have at most 2 entries, got 3.");
    expect(read(null)).toBe("must be a list, got null.");
  });

  it("of strings tell which one is wrong", () => {
    const mistakes = new Mistakes();
    strings("input.tags", ["good", "", "too long"], mistakes, { max: 5, text: 4 });
    expect(() => mistakes.throwIfAny()).toThrow(
      "input.tags[1]: must not be empty.; input.tags[2]: must be at most 4 characters long, got 8.",
    );
  });
});

describe("JSON", () => {
  const read = (value: unknown) => check((mistakes) => json("it", value, mistakes));

  it("passes as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        fc.pre(!/\\u0000/.test(JSON.stringify(value)));
        const { value: same, message } = read(value);
        expect(message).toBeNull();
        expect(same).toBe(value);
      }),
    );
  });

  it("refuses what PostgreSQL or a reader could not take", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(read(deep).message).toBe("must not nest deeper than 64 levels.");
    expect(read({ a: ["b\0"] }).message).toMatch(/without NUL/);
    expect(read({ "a\0": 1 }).message).toMatch(/without NUL/);
    expect(read([Number.POSITIVE_INFINITY]).message).toBe("must be finite, got Infinity.");
    expect(read("x".repeat(65_535)).message).toBe("must be at most 65536 bytes of JSON, got 65537.");
    expect(read(undefined).message).toBe("must be JSON, got undefined.");
  });
});
