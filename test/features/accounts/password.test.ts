import { expect, it, vi } from "vitest";
import { createPasswords, newPassword } from "../../../src/features/accounts/password.js";
import { Mistakes } from "../../../src/platform/input.js";

const home = "192.0.2.1";
const elsewhere = "2001:db8:0:7::/64";

it("hashes by argon2id at the agreed cost, with a salt of its own", async () => {
  const passwords = createPasswords();
  const [one, other] = [await passwords.hash("password-1", home), await passwords.hash("password-1", home)];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(other).not.toBe(one);
});

it("knows a password again, however its characters are composed", async () => {
  const passwords = createPasswords();
  const stored = await passwords.hash("caf\u00e9 o\ufb03ce", home); // é as one character, ﬃ as a ligature
  expect(await passwords.verify(stored, "cafe\u0301 office", home)).toBe(true);
  expect(await passwords.verify(stored, "cafe office", home)).toBe(false);
});

it("says no without a stored hash, and to what is no password", async () => {
  const passwords = createPasswords();
  const stored = await passwords.hash("password-1", home);
  expect(await passwords.verify(null, "password-1", home)).toBe(false);
  expect(await passwords.verify(stored, "", home)).toBe(false);
  expect(await passwords.verify(stored, "x".repeat(1_000_000), home)).toBe(false);
});

it("takes as long for nobody's password, and for what is none, as for a wrong one", async () => {
  const passwords = createPasswords();
  const stored = await passwords.hash("password-1", home);
  const attempts = [
    [stored, "password-2"],
    [null, "password-2"],
    [stored, "short"],
    [stored, "x".repeat(100_000)],
  ] as const;
  const taken: number[][] = attempts.map(() => []);
  for (let round = 0; round < 15; round += 1) {
    for (const [index, [hash, password]] of attempts.entries()) {
      const started = performance.now();
      await passwords.verify(hash, password, home);
      taken[index]?.push(performance.now() - started);
    }
  }
  const [wrong = 0, ...others] = taken.map((times) => times.sort((a, b) => a - b)[7] ?? 0);
  for (const other of others) {
    expect(other).toBeGreaterThan(wrong / 2);
    expect(other).toBeLessThan(wrong * 2);
  }
});

it("works one after the other and sends away whoever finds the queue full", async () => {
  const full = vi.fn();
  const passwords = createPasswords({ longest: 2, full });
  const done: number[] = [];
  const work = [0, 1].map(async (turn) => {
    await passwords.hash("password-1", home);
    done.push(turn);
  });
  await expect(passwords.verify(null, "password-1", elsewhere)).rejects.toMatchObject({
    code: "RATE_LIMITED",
    details: { retryAfterSeconds: 5 },
  });
  expect(full).toHaveBeenCalledOnce();
  await Promise.all(work);
  expect(done).toEqual([0, 1]);
  expect(await passwords.hash("password-1", home)).toMatch(/^\$argon2id/);
});

it("keeps room for others when one source sends a crowd, and forgets the source afterwards", async () => {
  const passwords = createPasswords();
  const crowd = Array.from({ length: 200 }, async () => passwords.verify(null, "password-1", home));
  const other = passwords.verify(null, "password-1", elsewhere);
  const outcomes = await Promise.allSettled(crowd);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(25);
  expect(await other).toBe(false);
  expect(await passwords.verify(null, "password-1", home)).toBe(false);
});

it.each([
  ["1234567", 7],
  ["é".repeat(129), 129],
  ["\ufdfa".repeat(10), 180], // one character that NFKC takes apart into 18
  ["x".repeat(5_000), 5_000],
])("refuses %j without repeating it", (value, length) => {
  const mistakes = new Mistakes();
  newPassword("input.password", value, mistakes);
  expect(() => {
    mistakes.throwIfAny();
  }).toThrow(
    expect.objectContaining({
      code: "BAD_USER_INPUT",
      details: {
        fields: [{ path: "input.password", message: `must be 8 to 128 characters long, got ${length}.` }],
      },
    }),
  );
});

it.each(["12345678", "😀".repeat(128)])("takes %j", (value) => {
  const mistakes = new Mistakes();
  expect(newPassword("input.password", value, mistakes)).toBe(value);
  expect(mistakes.isEmpty).toBe(true);
});
