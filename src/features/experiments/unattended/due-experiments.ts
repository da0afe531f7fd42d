/** Which experiments are to start or to end by themselves. Pure. */
import { type Experiment, isUnderWay } from "../experiment.js";

/** START: its moment has come. END: its end has. */
export type DueAction = "START" | "END";

export interface Due<E> {
  readonly action: DueAction;
  readonly experiment: E;
}

type Dated = Pick<Experiment, "status" | "startsAt" | "endsAt">;

/** What is due of the experiments at that moment, in their order. */
export function dueActions<E extends Dated>(experiments: readonly E[], now: Date): Due<E>[] {
  return experiments.flatMap((experiment) => {
    const action = dueAction(experiment, now);
    return action === null ? [] : [{ action, experiment }];
  });
}

function dueAction(experiment: Dated, now: Date): DueAction | null {
  const { status, startsAt, endsAt } = experiment;
  if (status === "SCHEDULED") return startsAt !== null && startsAt <= now ? "START" : null;
  return isUnderWay(experiment) && endsAt !== null && endsAt <= now ? "END" : null;
}
