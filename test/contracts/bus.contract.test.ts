/** What whoever uses a bus may rely on, whichever it is. */
import { expect, it, vi } from "vitest";
import { describeBuses } from "../support/buses.js";

await describeBuses("a bus", (open, kind, clock) => {
  it("wakes every listener of its own instance", async () => {
    const bus = await open();
    const heard = [vi.fn(), vi.fn()];
    for (const listener of heard) bus.onRing(listener);
    await bus.ring({ epoch: 1, seq: 7 });
    for (const listener of heard) {
      await vi.waitFor(() => expect(listener.mock.calls).toEqual([[{ epoch: 1, seq: 7 }]]));
    }
  });

  it("stops waking a listener that left, and only that one", async () => {
    const bus = await open();
    const [gone, stays] = [vi.fn(), vi.fn()];
    const leave = bus.onRing(gone);
    bus.onRing(stays);
    leave();
    leave();
    await bus.ring({ epoch: 1, seq: 1 });
    await vi.waitFor(() => expect(stays).toHaveBeenCalledOnce());
    expect(gone).not.toHaveBeenCalled();
  });

  it("counts one function added twice as two listeners", async () => {
    const bus = await open();
    const listener = vi.fn();
    const leave = bus.onRing(listener);
    bus.onRing(listener);
    leave();
    await bus.ring({ epoch: 1, seq: 1 });
    await vi.waitFor(() => expect(listener).toHaveBeenCalledOnce());
  });

  it("goes on when a listener throws", async () => {
    const bus = await open();
    const listener = vi.fn();
    bus.onRing(() => {
      throw new Error("broken listener");
    });
    bus.onRing(listener);
    await bus.ring({ epoch: 1, seq: 1 });
    await vi.waitFor(() => expect(listener).toHaveBeenCalledOnce());
  });

  it("says that it is up, since when, and of what kind", async () => {
    clock.pass(1_000);
    expect((await open()).status()).toEqual({
      kind,
      up: true,
      failures: 0,
      since: clock.now(),
      breaker: "closed",
    });
  });

  it("is silent once closed, closes twice, and takes a ring after that", async () => {
    const bus = await open();
    const listener = vi.fn();
    bus.onRing(listener);
    await bus.close();
    await bus.close();
    await bus.ring({ epoch: 1, seq: 1 });
    expect(listener).not.toHaveBeenCalled();
  });
});
