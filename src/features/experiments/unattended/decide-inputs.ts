/** Everything that something was decided from, as it is kept with the decision, so that it can be worked out again. Pure. */
import type { AnalysisInput } from "../analysis/frame.js";
import { type Decided, decisionsAt } from "./decide.js";

/** JSON. The audience, by which nothing is decided, is left out. */
export function writeInputs(look: AnalysisInput, decided: Decided): object {
  const experiment = { ...look.experiment, hypothesis: null, audience: null, condition: null };
  return { decided, ...look, experiment, plannedVariances: Object.fromEntries(look.plannedVariances) };
}

type Written = Omit<AnalysisInput, "plannedVariances"> & {
  readonly plannedVariances: Readonly<Record<string, number>>;
};

/** What the rule decides from the inputs of a decision that `writeInputs` wrote: the decision is among it, or was not made by this rule. */
export function replayDecision(inputs: unknown): readonly Decided[] {
  const { plannedVariances, ...look } = JSON.parse(JSON.stringify(inputs), toDates) as Written;
  return decisionsAt({ ...look, plannedVariances: new Map(Object.entries(plannedVariances)) });
}

const moments: ReadonlySet<string> = new Set([
  ...["now", "from", "startsAt", "endsAt", "startedAt", "resumedAt", "stoppedAt", "createdAt", "updatedAt"],
]);

function toDates(name: string, value: unknown): unknown {
  return moments.has(name) && typeof value === "string" ? new Date(value) : value;
}
