import { expect, it } from "vitest";
import { createPasswords, newPassword } from "../../../src/features/accounts/password.js";
import { Mistakes } from "../../../src/platform/input.js";

it("hashes by argon2id at the agreed cost, with a salt of its own", async () => {
  const passwords = createPasswords();
  const [one, other] = [await passwords.hash("password-1"), await passwords.hash("password-1")];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(other).not.toBe(one);
});

it("knows a password again, however its characters are composed", async () => {
  const passwords = createPasswords();
  const stored = await passwords.hash("caf\u00e9 o\ufb03ce"); // é as one character, ﬃ as a ligature
  expect(await passwords.verify(stored, "cafe\u0301 office")).toBe(true);
  expect(await passwords.verify(stored, "cafe office")).toBe(false);
});

it("says no without a stored hash, and to what is no password", async () => {
  const passwords = createPasswords();
  const stored = await passwords.hash("password-1");
  expect(await passwords.verify(null, "password-1")).toBe(false);
  expect(await passwords.verify(stored, "")).toBe(false);
  expect(await passwords.verify(stored, "x".repeat(1_000_000))).toBe(false);
});

it("works one after the other and sends away whoever finds the queue full", async () => {
  const passwords = createPasswords(2);
  const done: number[] = [];
  const work = [0, 1].map(async (turn) => {
    await passwords.hash("password-1");
    done.push(turn);
  });
  await expect(passwords.verify(null, "password-1")).rejects.toMatchObject({
    code: "RATE_LIMITED",
    details: { retryAfterSeconds: 5 },
  });
  await Promise.all(work);
  expect(done).toEqual([0, 1]);
  expect(await passwords.hash("password-1")).toMatch(/^\$argon2id/);
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
