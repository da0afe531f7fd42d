/** Which experiments are to start or to end by themselves. Pure. */
import type { Experiment } from "../experiment.js";

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

function dueAction({ status, startsAt, endsAt }: Dated, now: Date): DueAction | null {
  if (status === "SCHEDULED") return startsAt !== null && startsAt <= now ? "START" : null;
  const isUnderWay = status === "RUNNING" || status === "PAUSED";
  return isUnderWay && endsAt !== null && endsAt <= now ? "END" : null;
}
