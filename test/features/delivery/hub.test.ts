import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Hub } from "../../../src/features/delivery/hub.js";
import {
  compileEnvironment,
  type LiveEnvironment,
} from "../../../src/features/snapshots/live-environment.js";

const place = { project: "default", environment: "staging" };
const hour = 3_600_000;

function environment(...instants: number[]): LiveEnvironment {
  const facts = { id: "1", key: "staging", project: "default" } as LiveEnvironment["facts"];
  const rules = instants.map((instant) => ({
    id: String(instant),
    when: { attribute: "request.time", operator: "AFTER" as const, values: [instant - 1] },
    serve: { variant: "on" },
  }));
  const flag = {
    key: "f",
    type: "BOOLEAN" as const,
    enabled: true,
    variants: [{ key: "on", value: true }],
    rules,
    fallthrough: { variant: "on" },
  };
  return compileEnvironment({ facts, proofKeys: null }, { flags: [flag], segments: [] }, () => undefined);
}

let live: LiveEnvironment | undefined;
let hub: Hub;
let woken = 0;
const wake = (): void => void (woken += 1);

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  woken = 0;
  live = environment();
  hub = new Hub({ find: () => live }, Date.now);
});
afterEach(() => {
  hub.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("the hub's clock", () => {
  it("wakes at each instant at which an answer may change, and not before", () => {
    live = environment(1_005_000, 1_007_000);
    hub.listen(place, wake);
    vi.advanceTimersByTime(4_999);
    expect(woken).toBe(0);
    vi.advanceTimersByTime(1);
    expect(woken).toBe(1);
    vi.advanceTimersByTime(2_000);
    expect(woken).toBe(2);
    vi.advanceTimersByTime(10 * hour);
    expect(woken).toBe(2);
  });

  it("reaches instants that no timer can", () => {
    const months = 100 * 24 * hour;
    live = environment(1_000_000 + months);
    hub.listen(place, wake);
    vi.advanceTimersByTime(months - 1);
    expect(woken).toBe(0);
    vi.advanceTimersByTime(1);
    expect(woken).toBe(1);
  });

  it("keeps one timer an environment, none without listeners, and moves it with the definitions", () => {
    live = environment(1_000_000 + hour);
    const stops = [hub.listen(place, wake), hub.listen(place, wake)];
    expect(vi.getTimerCount()).toBe(1);
    live = environment(1_010_000);
    hub.advanced([]);
    expect(vi.getTimerCount()).toBe(1);
    expect(woken).toBe(2);
    vi.advanceTimersByTime(10_000);
    expect(woken).toBe(4);
    live = environment(2_000_000);
    hub.advanced([]);
    for (const stop of stops) stop();
    expect(vi.getTimerCount()).toBe(0);
    hub.advanced(null);
    expect(woken).toBe(6);
  });
});

describe("the hub", () => {
  it("wakes nobody when nothing was swapped, everybody when rights may have changed", () => {
    hub.listen(place, wake);
    hub.advanced([{ subjectType: "FLAG" }, { subjectType: "SEGMENT" }] as never);
    expect(woken).toBe(0);
    for (const subjectType of ["USER", "API_KEY", "PROJECT"]) hub.advanced([{ subjectType }] as never);
    expect(woken).toBe(3);
    hub.advanced(null);
    expect(woken).toBe(4);
    live = undefined;
    hub.advanced([]);
    expect(woken).toBe(5);
  });

  it("wakes everybody when the ledger can be read again: some had to wait for that", () => {
    hub.listen(place, wake);
    hub.advanced([]);
    expect(woken).toBe(1);
  });

  it("wakes everybody at the next step for whom somebody waited, whatever that step brought", () => {
    hub.listen(place, wake);
    hub.waits();
    for (let step = 0; step < 3; step += 1) hub.advanced([{ subjectType: "FLAG" }] as never);
    expect(woken).toBe(1);
  });

  it("wakes thousands in turns", async () => {
    for (let index = 0; index < 1_000; index += 1) hub.listen(place, wake);
    live = environment();
    hub.advanced([]);
    expect(woken).toBe(250);
    vi.runAllTimers();
    await Promise.resolve();
    expect(woken).toBe(1_000);
  });

  it("is not confused by stopping twice", () => {
    const stop = hub.listen(place, wake);
    stop();
    hub.listen(place, wake);
    stop();
    live = environment();
    hub.advanced([]);
    expect(woken).toBe(1);
  });
});
