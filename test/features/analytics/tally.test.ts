import { expect, it } from "vitest";
import type { Counts } from "../../../src/features/analytics/counts.js";
import { Tally } from "../../../src/features/analytics/tally.js";
import { keyCaller, testStart } from "../../support/tools.js";
import { admin, answer, hour, notFound, question } from "./analytics-fixture.js";

const key = { ...keyCaller({ id: "k1", keyKind: "CLIENT" }), userAgent: "shop/1.0" };

function taken(tally: Tally): Counts {
  const counts = tally.take();
  if (counts === null) throw new Error("Nothing was counted.");
  return counts;
}

function evaluations(counts: Counts): string[] {
  return [...counts.evaluations()].map(
    ({ environment, flag, hour: at, variant, reason, count, lastAt }) =>
      `${environment} ${flag} +${(at - testStart) / hour}h ${variant || "-"} ${reason} ${count} ${lastAt - at}`,
  );
}

it("counts alike answers together, by the hour of the question, in one order", () => {
  const tally = new Tally();
  tally.count(question(key, testStart + 1), [answer("b"), answer("a", "off"), answer("a")]);
  tally.count(question(admin, testStart + 5), [answer("a")]);
  tally.count(question(key, testStart + hour + 7), [answer("a"), answer("a", null, "DISABLED")]);
  tally.count(question(key, testStart + 2, "development"), [answer("z", "on", "SPLIT")]);
  expect(evaluations(taken(tally))).toEqual([
    "development z +0h on SPLIT 1 2",
    "staging a +0h off STATIC 1 1",
    "staging a +0h on STATIC 2 5",
    "staging b +0h on STATIC 1 1",
    "staging a +1h - DISABLED 1 7",
    "staging a +1h on STATIC 1 7",
  ]);
  expect(tally.take()).toBeNull();
});

it("can be read again, while others are counted", () => {
  const tally = new Tally();
  tally.count(question(key), [answer("a")]);
  const counts = taken(tally);
  const first = evaluations(counts);
  tally.count(question(key), [answer("a")]);
  expect(evaluations(counts)).toEqual(first);
});

it("tells of keys that are no flags, and of clients, only for API keys", () => {
  const tally = new Tally();
  tally.count(question(admin), [notFound("gone")]);
  tally.count(question(key), [notFound("gone"), notFound("lost")]);
  tally.count(question({ ...key, userAgent: "shop/1.1" }, testStart + 9), [notFound("gone")]);
  const counts = taken(tally);
  expect(evaluations(counts)).toEqual([]);
  const place = { project: "default", environment: "staging", apiKeyId: "k1" };
  expect([...counts.unknownFlags()]).toEqual([
    { ...place, flag: "gone", count: 2, firstAt: testStart, lastAt: testStart + 9 },
    { ...place, flag: "lost", count: 1, firstAt: testStart, lastAt: testStart },
  ]);
  expect([...counts.clients()]).toMatchObject([
    { apiKeyId: "k1", client: "shop", version: "1.0", count: 1 },
    { apiKeyId: "k1", client: "shop", version: "1.1", count: 1 },
  ]);
});

it("keeps unknown keys as PostgreSQL can, however they were sent", () => {
  const tally = new Tally();
  const long = "x".repeat(1_000);
  for (const asked of ["\0a", "\ufffda", "\ud800a", long, `${long}y`]) {
    tally.count(question(key), [notFound(asked)]);
  }
  const found = [...taken(tally).unknownFlags()].map(({ flag, count }) => [flag, count]);
  expect(found).toEqual([
    ["x".repeat(128), 2],
    ["\ufffda", 3],
  ]);
});

it("lets no API key crowd out what others ask for", () => {
  const tally = new Tally();
  for (let index = 0; index < 1_005; index += 1) tally.count(question(key), [notFound(`u${index}`)]);
  tally.count(question(keyCaller({ id: "k2", keyKind: "SERVER" })), [notFound("u1"), notFound("mine")]);
  const own = [...taken(tally).unknownFlags()].filter(({ apiKeyId }) => apiKeyId === "k2");
  expect(own.map(({ flag }) => flag)).toEqual(["mine", "u1"]);
  expect(tally.takeDropped().unknown_flags).toBe(5);
});

it("is bounded, and says what it left out", () => {
  const tally = new Tally(2);
  tally.count(question(key), [answer("a"), answer("b"), answer("c"), answer("a")]);
  for (let index = 0; index < 1_005; index += 1) tally.count(question(key), [notFound(`u${index}`)]);
  for (let index = 0; index < 210; index += 1) {
    tally.count(question({ ...key, userAgent: `shop/${index}.9` }), [notFound("u1")]);
  }
  const counts = taken(tally);
  expect(evaluations(counts)).toHaveLength(2);
  expect([...counts.unknownFlags()]).toHaveLength(1_000);
  expect([...counts.clients()]).toHaveLength(200);
  expect(tally.takeDropped()).toEqual({ evaluations: 1, unknown_flags: 5, clients: 11 });
  expect(tally.takeDropped()).toEqual({ evaluations: 0, unknown_flags: 0, clients: 0 });
  tally.count(question(key), [answer("c")]);
  expect(evaluations(taken(tally))).toHaveLength(1);
});

it("has room for clients that ask, however many were made up", () => {
  const tally = new Tally();
  const ask = (userAgent: string, now = testStart) => tally.count(question({ ...key, userAgent }, now), []);
  for (let round = 0; round < 2; round += 1) ask("shop/1.0");
  for (let index = 0; index < 500; index += 1) ask(`made-up/${index}`, testStart + index);
  ask("shop/1.1", testStart + 500);
  const found = [...taken(tally).clients()];
  expect(found).toHaveLength(200);
  expect(found.filter(({ client }) => client === "shop")).toMatchObject([
    { version: "1.0", count: 2 },
    { version: "1.1", count: 1 },
  ]);
  expect(found.some(({ version }) => version === "499")).toBe(true);
  expect(found.some(({ version }) => version === "0")).toBe(false);
  expect(tally.takeDropped().clients).toBe(302);
});

it("adds up the reasons of all answers, those that were left out included", () => {
  const tally = new Tally(0);
  tally.count(question(admin), [answer("a"), answer("b"), notFound("c")]);
  expect([...tally.takeReasons()]).toEqual([
    ["STATIC", 2],
    ["ERROR", 1],
  ]);
  expect([...tally.takeReasons()]).toEqual([]);
});
