import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { findRepetition } from "../../../src/features/ledger/find-repetition.js";
import { forgetKeys } from "../../../src/features/ledger/forget-keys.js";
import { fingerprintsOf, readIdempotencyKey } from "../../../src/features/ledger/idempotency.js";
import { bodyOf, write } from "../../../src/features/ledger/index.js";
import { type Caller, permit } from "../../../src/features/permissions/index.js";
import { type Database, rowsOf } from "../../../src/platform/database/index.js";
import { Mistakes } from "../../../src/platform/input.js";
import { notFound } from "../../../src/platform/problems.js";
import { describeDatabases } from "../../support/databases.js";
import { adminCaller, keyCaller } from "../../support/tools.js";
import { entry, ledgerTools } from "./ledger-fixture.js";

const admin = adminCaller();

function claiming(key: string, fingerprints = ["f1"], caller: Caller = admin): Caller {
  return { ...caller, claim: { key, operation: "updateFlag", fingerprints } };
}

describeDatabases("a change with an idempotency key", (subject) => {
  let done = 0;

  /** Records so many rows; says "done" or why not. */
  const change = async (caller: Caller, rows = 1): Promise<unknown> => {
    const work = write(
      ledgerTools(subject().database),
      permit(caller, "project:update"),
      async (_tx, add) => {
        done += 1;
        for (let row = 0; row < rows; row += 1) add(entry({ after: { done, row } }));
        return Promise.resolve("done");
      },
    );
    return work.catch((error: unknown) => error);
  };
  const repetitionOf = async (caller: Caller, error: unknown) =>
    findRepetition(subject(), caller, { flagKey: "a" }, error);

  it("is made once, and its repetition is told the first row that came of it", async () => {
    const caller = claiming("once");
    expect(await change(caller, 2)).toBe("done");
    const before = done;
    const repetition = await repetitionOf(caller, await change(caller, 2));
    expect(done).toBe(before);
    expect(repetition?.input).toEqual({ flagKey: "a" });
    expect(repetition?.change && bodyOf(repetition.change).after).toEqual({ done: before, row: 0 });
  });

  it("is made once by twenty at the same time", async () => {
    const before = done;
    const outcomes = await Promise.all(Array.from({ length: 20 }, async () => change(claiming("many"))));
    expect(done).toBe(before + 1);
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => (outcome instanceof Error ? outcome.name : outcome)))).toEqual(
      new Set(["done", "Repeated"]),
    );
  });

  it("that changed nothing changes nothing later either", async () => {
    const caller = claiming("nothing");
    expect(await change(caller, 0)).toBe("done");
    const before = done;
    const error = await change(caller);
    expect(done).toBe(before);
    expect(await repetitionOf(caller, error)).toEqual({ change: null, input: { flagKey: "a" } });
  });

  it("that failed leaves the key free", async () => {
    const caller = claiming("failed");
    const failing = write(ledgerTools(subject().database), permit(caller, "project:update"), async () =>
      Promise.reject(new Error("no")),
    );
    await expect(failing).rejects.toThrow("no");
    expect(await repetitionOf(caller, notFound("Flag", "a"))).toBeNull();
    expect(await change(caller)).toBe("done");
  });

  it("is refused for another input and for another operation, and free to another caller", async () => {
    expect(await change(claiming("taken"))).toBe("done");
    const reused = {
      code: "IDEMPOTENCY_KEY_REUSED",
      message: expect.stringContaining("updateFlag") as string,
    };
    expect(await change(claiming("taken", ["f2"]))).toMatchObject(reused);
    const other = { ...admin, claim: { key: "taken", operation: "killFlag", fingerprints: ["f1"] } };
    expect(await change(other)).toMatchObject(reused);
    await expect(repetitionOf(other, notFound("Flag", "a"))).rejects.toMatchObject(reused);
    expect(await change(claiming("taken", ["f1"], keyCaller()))).toBe("done");
  });

  it("is recognised by the fingerprint of a secret key that signs no more", async () => {
    expect(await change(claiming("rotated", ["old"]))).toBe("done");
    expect(await change(claiming("rotated", ["new", "old"]))).toMatchObject({ name: "Repeated" });
  });

  it("is recognised by what the world objects to now, but not by what the caller may not", async () => {
    const caller = claiming("objected");
    await change(caller);
    for (const code of ["NOT_FOUND", "BAD_USER_INPUT", "CONFLICT"]) {
      expect(await repetitionOf(caller, Object.assign(notFound("Flag", "a"), { code }))).not.toBeNull();
    }
    for (const code of ["FORBIDDEN", "UNAUTHENTICATED", "STEP_UP_REQUIRED", "UNAVAILABLE"]) {
      expect(await repetitionOf(caller, Object.assign(notFound("Flag", "a"), { code }))).toBeNull();
    }
    expect(await repetitionOf(caller, new Error("a bug"))).toBeNull();
    expect(await repetitionOf(admin, notFound("Flag", "a"))).toBeNull();
  });

  it("may be made anew a day later, when its key is forgotten, a few at a time", async () => {
    const { database } = subject();
    for (const key of ["day-1", "day-2", "day-3"]) await change(claiming(key));
    await age(database, "day-%", "23 hours 59 minutes");
    expect(await change(claiming("day-1"))).toMatchObject({ name: "Repeated" });
    await age(database, "day-%", "24 hours 1 minute");
    expect(await repetitionOf(claiming("day-1"), notFound("Flag", "a"))).toBeNull();
    expect(await change(claiming("day-1", ["f9"]))).toBe("done");
    expect(await forgetKeys({ database }, { limit: 1 })).toBe(2);
    const left = await database.execute(sql`select key from idempotency_keys where key like 'day-%'`);
    expect(rowsOf(left)).toEqual([{ key: "day-1" }]);
    expect(await change(claiming("day-1", ["f9"]))).toMatchObject({ name: "Repeated" });
  });
});

async function age(database: Database, pattern: string, by: string): Promise<void> {
  await database.execute(
    sql`update idempotency_keys set created_at = now() - ${by}::interval where key like ${pattern}`,
  );
}

describe("an idempotency key", () => {
  const mistakesOf = (value: unknown): number => {
    const mistakes = new Mistakes();
    readIdempotencyKey("input.idempotencyKey", value, mistakes);
    return mistakes.isEmpty ? 0 : 1;
  };

  it("has 1 to 255 printable characters", () => {
    for (const fit of ["a", "0b2c1f6e-9c1d-4a51-8f8e-0d9f8d1f4f1a", "ключ 🔑", "x".repeat(255)]) {
      expect(mistakesOf(fit)).toBe(0);
    }
    for (const unfit of ["", "a\nb", "\0", "\u{202e}", "\ud800", "x".repeat(256), 7]) {
      expect(mistakesOf(unfit)).toBe(1);
    }
  });
});

describe("a fingerprint", () => {
  const [first, second] = ["a".repeat(32), "b".repeat(32)] as const;

  it("is that of the value, however it is written down, and of the secret key", () => {
    const input = { a: 1, b: { c: [1], d: null } };
    expect(fingerprintsOf(input, [first])).toEqual(fingerprintsOf({ b: { d: null, c: [1] }, a: 1 }, [first]));
    const [newest, oldest] = fingerprintsOf(input, [second, first]);
    expect([oldest]).toEqual(fingerprintsOf(input, [first]));
    expect(new Set([newest, oldest, ...fingerprintsOf({ ...input, a: 2 }, [first])]).size).toBe(3);
  });
});
