/** What takes long to think about shares the event loop with everything that is to be answered meanwhile, and so do many who think. */
import type { Steps } from "../analysis/steps.js";

const longestMs = 3; // by a clock that nobody sets
const waiting: (() => void)[] = [];

/** Works some milliseconds at a time; in each turn of the event loop one does, one after the other. Rejects with what a step throws. */
export async function inTurns<Answer>(steps: Steps<Answer>): Promise<Answer> {
  for (;;) {
    await myTurn();
    const step = goOn(steps);
    if (step.done === true) return step.value;
  }
}

function goOn<Answer>(steps: Steps<Answer>): IteratorResult<undefined, Answer> {
  const until = performance.now() + longestMs;
  let step = steps.next();
  while (step.done !== true && performance.now() < until) step = steps.next();
  return step;
}

async function myTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(nextOfAll);
  });
}

function nextOfAll(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(nextOfAll);
}
