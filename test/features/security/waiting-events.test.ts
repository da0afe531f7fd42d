import { expect, it } from "vitest";
import { eventOf, type SecurityEntry } from "../../../src/features/security/security-event.js";
import { WaitingEvents } from "../../../src/features/security/waiting-events.js";
import { anonymousCaller, testStart } from "../../support/tools.js";

const refused = (subject: string, rest: Partial<SecurityEntry> = {}) =>
  eventOf({ kind: "SIGN_IN_FAILED", caller: anonymousCaller(), subject, ...rest }, testStart);
const brief = (waiting: WaitingEvents) =>
  waiting.take().events.map(({ subject, occurrences }) => `${subject} ${occurrences}`);

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
  const { events } = waiting.take();
  expect(events.map(({ occurrences }) => occurrences)).toEqual([2, 1, 1, 1, 1]);
  expect(events[0]).toMatchObject({ requestId: "request-1", userAgent: null });
});

it("has nothing left after it was taken", () => {
  const waiting = new WaitingEvents();
  waiting.add(refused("a"));
  waiting.take();
  expect(waiting.take()).toEqual({ events: [], dropped: 0 });
});

it("holds a thousand different ones, goes on counting those, and says how many it had no room for", () => {
  const waiting = new WaitingEvents();
  for (let index = 0; index < 1_003; index += 1) waiting.add(refused(`user-${index}`));
  waiting.add(refused("user-0"));
  const { events, dropped } = waiting.take();
  expect([events.length, events[0]?.occurrences, dropped]).toEqual([1_000, 2, 3]);
});

it("takes back what could not be written, before what came since, and loses no count", () => {
  const waiting = new WaitingEvents();
  for (const subject of ["a", "a", "b"]) waiting.add(refused(subject));
  const { events } = waiting.take();
  for (const subject of ["c", "a"]) waiting.add(refused(subject));
  waiting.giveBack(events);
  expect(brief(waiting)).toEqual(["a 3", "b 1", "c 1"]);
});
