import { expect, it } from "vitest";
import { withDeadline } from "../../src/platform/deadline.js";

const late = () => new Error("late");

it("settles as the work does when it is in time", async () => {
  await expect(withDeadline(Promise.resolve(7), 1_000, late)).resolves.toBe(7);
  await expect(withDeadline(Promise.reject(new Error("broken")), 1_000, late)).rejects.toThrow("broken");
});

it("rejects when the work is late, whatever becomes of it", async () => {
  let fail: (error: Error) => void = () => {};
  const work = new Promise<number>((_resolve, reject) => (fail = reject));
  await expect(withDeadline(work, 5, late)).rejects.toThrow("late");
  fail(new Error("nobody listens any more"));
});
