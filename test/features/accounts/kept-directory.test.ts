/** Who may come in is, once it was put away and taken up again, who might come in before. */
import { expect, it } from "vitest";
import {
  keepDirectory,
  type KnownPeople,
  restoreDirectory,
} from "../../../src/features/accounts/kept-directory.js";
import type { KnownKey } from "../../../src/features/accounts/known.js";

function keyThatEnds(expiresAt: number): KnownKey {
  const place = { project: "default", environment: "staging", role: null };
  const identity = { kind: "API_KEY", id: "k", name: "n", keyKind: "SERVER", ...place } as const;
  return { identity, revoked: false, expiresAt };
}

function again(people: KnownPeople): KnownPeople {
  return restoreDirectory(JSON.parse(JSON.stringify([...keepDirectory(people)])) as unknown[]);
}

it.each([
  ["never ends", Infinity, Infinity],
  ["ends some day", 1_800_000_000_000, 1_800_000_000_000],
  ["ended before all time, as what is no time to a clock", -Infinity, 0],
])("keeps a key that %s", (_what, expiresAt, expected) => {
  const keys = new Map([["hash", keyThatEnds(expiresAt)]]);
  const people = { users: new Map(), keys, hashesOfKey: new Map([["k", ["hash"]]]), revoked: new Map() };
  expect(again(people).keys.get("hash")?.expiresAt).toBe(expected);
});
