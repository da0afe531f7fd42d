/** What the address of an event stream says, for how long, and that nobody else can write one. */
import { expect, it } from "vitest";
import { createEventTokens } from "../../../src/api/rest/event-token.js";
import type { Identity } from "../../../src/features/permissions/index.js";

const hourMs = 3_600_000;
const place = { project: "default", environment: "production" };
const key: Identity = {
  ...{ kind: "API_KEY", id: "key-1", name: "Shop", keyKind: "SERVER", role: null },
  ...place,
};
const user: Identity = {
  ...{ kind: "USER", id: "user-1", email: "a@example.com", role: "ADMIN", sessionId: "session-1" },
  ...{ projectRoles: new Map(), expiresAt: 600_000, steppedUpUntil: 1, secondFactor: "FRESH" },
};
const [newKey, oldKey] = ["Pq8vZ2nX5bL1mK7cR4tY9wE3aS6dF0gH", "wE3aS6dF0gHPq8vZ2nX5bL1mK7cR4tY9"] as const;

let now = 0;
const clock = (): number => now;
const tokens = createEventTokens([newKey], clock);

function issued(identity: Identity, by = tokens): string {
  const token = by.issue(identity, place);
  if (token === null) throw new Error("There is no token for this identity.");
  return token;
}

it("names whoever may listen, and where, and nothing that they may do there", () => {
  now = 0;
  expect(tokens.read(issued(key))).toMatchObject({ identity: { kind: "API_KEY", id: "key-1" }, place });
  expect(tokens.read(issued(user))).toEqual({
    identity: {
      ...{ kind: "USER", id: "user-1", email: "", role: null, sessionId: "session-1", expiresAt: 600_000 },
      ...{ projectRoles: new Map(), steppedUpUntil: 0, secondFactor: "MISSING" },
    },
    place,
  });
});

it("stays the same for twelve hours, and is good for at least twelve more", () => {
  now = 0;
  const first = issued(key);
  now = 12 * hourMs - 1;
  expect(issued(key)).toBe(first);
  now += 1;
  expect(issued(key)).not.toBe(first);
  now = 24 * hourMs - 1;
  expect(tokens.read(first)).toMatchObject({ place });
  now += 1;
  expect(tokens.read(first)).toBe("EXPIRED");
});

it("of a user ends with the access token", () => {
  now = 0;
  const token = issued(user);
  now = 600_000;
  expect(tokens.read(token)).toBe("EXPIRED");
});

it("is for those who come by a credential", () => {
  expect(tokens.issue({ kind: "ANONYMOUS", reason: "MISSING" }, place)).toBeNull();
  expect(tokens.issue({ kind: "SYSTEM" }, place)).toBeNull();
});

it("is worth nothing once a single character is another one", () => {
  now = 0;
  const token = issued(key);
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === "A" ? "B" : "A";
    expect(tokens.read(token.slice(0, at) + other + token.slice(at + 1))).toBe("INVALID");
  }
  for (const nonsense of ["", ".", "a.b", `${token}A`, token.slice(1), token.replace(".", "")]) {
    expect(tokens.read(nonsense), nonsense).toBe("INVALID");
  }
});

it("is read after the key was rotated, and not once the old one is gone", () => {
  now = 0;
  const old = createEventTokens([oldKey], clock);
  const rotating = createEventTokens([newKey, oldKey], clock);
  expect(rotating.read(issued(key, old))).toMatchObject({ place });
  expect(tokens.read(issued(key, old))).toBe("INVALID");
  expect(tokens.read(issued(key, rotating))).toMatchObject({ place });
});

it("is no state, and a state is no token", () => {
  const sealed = tokens.seal("1.7-0");
  expect(tokens.unseal(sealed)).toBe("1.7-0");
  expect(tokens.unseal(sealed.replace("1.7", "1.8"))).toBeNull();
  expect(tokens.unseal("1.7-0")).toBeNull();
  expect(tokens.read(sealed)).toBe("INVALID");
  expect(tokens.unseal(issued(key))).toBeNull();
});
