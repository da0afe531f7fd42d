import { afterEach, describe, expect, it } from "vitest";
import { ReadLoop } from "../../../src/features/ledger/read-loop.js";

const loops: ReadLoop[] = [];
afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.close();
});

/** A loop whose reads end when the test says so. */
function heldLoop() {
  const ends: ((worked: boolean) => void)[] = [];
  const loop = new ReadLoop(
    async () =>
      new Promise((resolve) => {
        ends.push(resolve);
      }),
  );
  loops.push(loop);
  return { loop, begun: () => ends.length, end: (read: number, worked = true) => ends[read]?.(worked) };
}

const turn = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error("did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("reads", () => {
  it("that are asked for during one that began too early are one more, together", async () => {
    const { loop, begun, end } = heldLoop();
    const early = loop.ask();
    const late = Array.from({ length: 50 }, async () => loop.ask());
    await turn();
    expect(begun()).toBe(1);
    end(0);
    expect(await early).toBe(true);
    await turn();
    expect(begun()).toBe(2);
    end(1, false);
    expect(await Promise.all(late)).toEqual(Array.from({ length: 50 }, () => false));
    expect(begun()).toBe(2);
  });

  it("are not waited for by who has enough already", async () => {
    const { loop, begun, end } = heldLoop();
    let enough = false;
    const running = loop.ask();
    const waiting = loop.ask(() => enough);
    enough = true;
    end(0);
    await Promise.all([running, waiting]);
    await turn();
    expect(begun()).toBe(1);
  });

  it("go on without being asked, sooner after one that failed", async () => {
    const begun: number[] = [];
    const loop = new ReadLoop(async () => Promise.resolve(begun.push(Date.now()) > 2));
    loops.push(loop);
    loop.start();
    await until(() => begun.length === 4, 4_000);
    const waits = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
    expect(Math.max(...waits.slice(0, 2))).toBeLessThan(Math.min(800, waits[2] ?? 0));
  });

  it("begin at once after the process stood still, whatever is under way", async () => {
    const { loop, begun, end } = heldLoop();
    loop.start();
    await until(() => begun() === 1, 2_000); // the first poll, which hangs
    const until600 = performance.now() + 850;
    while (performance.now() < until600); // nothing else has its turn
    await turn();
    end(0);
    await until(() => begun() === 2, 100);
    end(1);
  });
});
