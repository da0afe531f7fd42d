import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { Breaker } from "../../src/platform/breaker.js";

class Absence extends Error {}
const retryAfterMs = 40;

function open() {
  const isAbsence = (error: unknown): boolean => error instanceof Absence;
  return new Breaker({ isAbsence, refusal: () => new Error("refused"), retryAfterMs });
}

async function fail(breaker: Breaker, times: number, error: Error = new Absence("away")): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await expect(breaker.run(async () => Promise.reject(error))).rejects.toBe(error);
  }
}

it("opens after three absences in a row, tells of it, and refuses without asking", async () => {
  const breaker = open();
  const opened = vi.fn();
  breaker.onOpen(opened);
  await fail(breaker, 2);
  await breaker.run(async () => Promise.resolve());
  await fail(breaker, 2);
  expect(breaker.state()).toBe("closed");
  await fail(breaker, 1);
  expect(breaker.state()).toBe("open");
  expect(opened).toHaveBeenCalledOnce();
  await fail(breaker, 1); // the one that sees
  const work = vi.fn(async () => Promise.resolve());
  await expect(breaker.run(work)).rejects.toThrow("refused");
  expect(work).not.toHaveBeenCalled();
});

it("takes what is refused for an answer", async () => {
  const breaker = open();
  await fail(breaker, 5, new Error("no such table"));
  expect(breaker.state()).toBe("closed");
});

it("lets one through after a while, and nobody else until that one has come back", async () => {
  const breaker = open();
  await fail(breaker, 4);
  await sleep(retryAfterMs + 5);
  let resolve = (_word: string): void => undefined;
  const answer = new Promise<string>((settle) => (resolve = settle));
  const first = breaker.run(async () => answer);
  expect(breaker.state()).toBe("half-open");
  await expect(breaker.run(async () => Promise.resolve())).rejects.toThrow("refused");
  resolve("back");
  expect(await first).toBe("back");
  expect(breaker.state()).toBe("closed");
});

it("lets the first one through at once, and stays open where that one fails", async () => {
  const breaker = open();
  await fail(breaker, 4);
  await expect(breaker.run(async () => Promise.resolve())).rejects.toThrow("refused");
  await sleep(retryAfterMs + 5);
  await fail(breaker, 1);
  expect(breaker.state()).toBe("open");
});

it("closes when somebody else saw that it is back", async () => {
  const breaker = open();
  await fail(breaker, 3);
  breaker.close();
  expect(breaker.state()).toBe("closed");
  expect(await breaker.run(async () => Promise.resolve("back"))).toBe("back");
});

it("is not held up by a clock that is put back while it is open", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const breaker = open();
    await fail(breaker, 4);
    vi.setSystemTime(Date.now() - 3_600_000);
    await sleep(retryAfterMs + 5);
    await fail(breaker, 1); // still away
    expect(await breaker.run(async () => Promise.resolve("back"))).toBe("back");
    expect(breaker.state()).toBe("closed");
  } finally {
    vi.useRealTimers();
  }
});
