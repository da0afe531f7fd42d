import { expect, it } from "vitest";
import { eventOf, type SecurityEntry } from "../../../src/features/security/security-event.js";
import { WaitingEvents } from "../../../src/features/security/waiting-events.js";
import { anonymousCaller, testStart } from "../../support/tools.js";

const refused = (subject: string, rest: Partial<SecurityEntry> = {}) =>
  eventOf({ kind: "SIGN_IN_FAILED", caller: anonymousCaller(), subject, ...rest }, testStart);
const brief = (waiting: WaitingEvents) =>
  waiting.take().map(({ subject, occurrences }) => `${subject} ${occurrences}`);

it("counts what is alike, and keeps apart what differs in whom, what or where", () => {
  const waiting = new WaitingEvents();
  const elsewhere = { ...anonymousCaller(), ip: "192.0.2.99" };
  const browser = { ...anonymousCaller(), requestId: "another", userAgent: "Firefox" };
  waiting.add(refused("a"));
  waiting.add(refused("a", { caller: browser }));
  waiting.add(refused("a", { caller: elsewhere }));
  waiting.add(refused("a", { kind: "SIGN_IN_LIMITED" }));
  waiting.add(refused("a", { detail: { why: "x" } }));
  waiting.add(refused("b"));
  const events = waiting.take();
  expect(events.map(({ occurrences }) => occurrences)).toEqual([2, 1, 1, 1, 1]);
  expect(events[0]).toMatchObject({ requestId: "request-1", userAgent: null });
});

it("has nothing left after it was taken", () => {
  const waiting = new WaitingEvents();
  waiting.add(refused("a"));
  waiting.take();
  expect(waiting.take()).toEqual([]);
});

it("keeps two hundred different ones of a kind in a minute, however often it is taken, and counts the rest", () => {
  const waiting = new WaitingEvents();
  const later = { ...refused("later"), at: new Date(testStart + 60_000) };
  for (let index = 0; index < 150; index += 1) waiting.add(refused(`user-${index}`));
  expect(waiting.take()).toHaveLength(150);
  for (let index = 0; index < 153; index += 1) waiting.add(refused(`another-${index}`));
  waiting.add(refused("another-0"));
  waiting.add(refused("other kind", { kind: "FORBIDDEN" }));
  waiting.add(later);
  const events = waiting.take();
  expect(events).toHaveLength(53);
  expect(events[0]).toMatchObject({ subject: "another-0", occurrences: 2 });
  expect(events.slice(50)).toEqual([
    {
      ...refused("any"),
      ...{ actor: null, subject: null, ip: null, userAgent: null, detail: { flood: true } },
      occurrences: 103,
    },
    refused("other kind", { kind: "FORBIDDEN" }),
    later,
  ]);
});

it("takes back what could not be written, before what came since, and loses no count", () => {
  const waiting = new WaitingEvents();
  for (const subject of ["a", "a", "b"]) waiting.add(refused(subject));
  const events = waiting.take();
  for (const subject of ["c", "a"]) waiting.add(refused(subject));
  waiting.giveBack(events);
  expect(brief(waiting)).toEqual(["a 3", "b 1", "c 1"]);
});

it("does not grow without end while nothing can be written, and still loses no count", () => {
  const waiting = new WaitingEvents();
  for (let minute = 0; minute < 30; minute += 1) {
    const at = new Date(testStart + minute * 60_000);
    for (let index = 0; index < 200; index += 1) waiting.add({ ...refused(`${minute}-${index}`), at });
    waiting.giveBack(waiting.take());
  }
  const events = waiting.take();
  expect(events).toHaveLength(4_001);
  expect(events.reduce((sum, { occurrences }) => sum + occurrences, 0)).toBe(6_000);
});
