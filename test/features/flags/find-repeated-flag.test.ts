/** A deletion that is repeated is told to who may still see the project, and to nobody else. */
import { expect, it } from "vitest";
import { findRepeatedEnvironment } from "../../../src/features/environments/index.js";
import { findRepeatedFlag } from "../../../src/features/flags/index.js";
import { type Change, canonicalJson } from "../../../src/features/ledger/index.js";
import { seal } from "../../../src/features/ledger/change.js";
import { findRepeatedSegment } from "../../../src/features/segments/index.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import type { Database } from "../../../src/platform/database/index.js";
import { userCaller } from "../../support/tools.js";

function deletion(noun: "flag" | "segment" | "environment"): Change {
  const at = "2026-01-31T09:00:00.000000Z";
  const what = { kind: `${noun}.deleted`, subjectType: "FLAG", subject: "a", project: "shop" } as const;
  const who = { actorId: "u1", actorKind: "USER", requestId: "r" } as const;
  const before = { key: "a", environments: {}, createdAt: at, updatedAt: at };
  const body = { text: canonicalJson({ before, after: null, reason: null }), salt: "00" };
  return seal("", { seq: 1, epoch: 1, id: "i", environment: null, at, ...what, ...who }, body, body);
}

const tools = { database: {} as Database }; // nothing is read of it
const repetition = (noun: Parameters<typeof deletion>[0]) => ({ input: {}, change: deletion(noun) });

it.each([
  ["flag", async (caller: Caller) => (await findRepeatedFlag(tools, caller, repetition("flag"))).flag],
  ["segment", async (caller: Caller) => findRepeatedSegment(tools, caller, repetition("segment"))],
  [
    "environment",
    async (caller: Caller) => findRepeatedEnvironment(tools, caller, repetition("environment")),
  ],
])("shows a deleted %s", async (_noun, find) => {
  expect(await find(userCaller(null, { shop: "VIEWER" }))).toMatchObject({ key: "a" });
  await expect(find(userCaller(null, { other: "ADMIN" }))).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(find(userCaller(null))).rejects.toMatchObject({ code: "NOT_FOUND" });
});
