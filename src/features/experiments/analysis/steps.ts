/** Work that takes long is written in steps, so that whoever has it done may do something else in between. */

/** Pauses after a fraction of a millisecond or so, and gives its answer at the end. */
export type Steps<Answer> = Generator<undefined, Answer, undefined>;

/** Without a pause. */
export function atOnce<Answer>(steps: Steps<Answer>): Answer {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
