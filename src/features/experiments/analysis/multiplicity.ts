/** p-values that still mean what they say when there are many of them, and what may be claimed by them. */
import { benjaminiHochberg, holm } from "../../../statistics/index.js";
import type { MetricDirection } from "../../tracking/index.js";
import type { Compared } from "./compare.js";
import type { Frame } from "./frame.js";
import type { Horizon } from "./horizon.js";
import type { Judged } from "./judged.js";
import type { Effect, Judgement } from "./results.js";

/** What the method that judges says. */
export function judgementBy(
  { judgedBy }: Pick<Horizon, "judgedBy">,
  compared: Pick<Compared, "anytime" | "groupSequential" | "fixedHorizon">,
): Judgement {
  switch (judgedBy) {
    case "ANYTIME":
      return compared.anytime;
    case "GROUP_SEQUENTIAL":
      return compared.groupSequential ?? compared.anytime;
    case "FIXED_HORIZON":
      return compared.fixedHorizon;
  }
}

/** For each metric and each treatment, in their order: by Holm over all primary ones, by Benjamini and Hochberg over all secondary ones. */
export function adjustedPValues({ horizon }: Frame, judged: readonly Judged[]): number[][] {
  const primary = adjust(judged, "PRIMARY", horizon, holm);
  const secondary = adjust(judged, "SECONDARY", horizon, benjaminiHochberg);
  const guardrails = adjust(judged, "GUARDRAIL", horizon, (pValues) => [...pValues]);
  return judged.map((one) => primary.get(one) ?? secondary.get(one) ?? guardrails.get(one) ?? []);
}

function adjust(
  judged: readonly Judged[],
  role: Judged["role"],
  horizon: Horizon,
  correct: (pValues: readonly number[]) => number[],
): ReadonlyMap<Judged, number[]> {
  const concerned = judged.filter((one) => one.role === role);
  const corrected = correct(
    concerned.flatMap(({ pairs }) => pairs.map(({ compared }) => judgementBy(horizon, compared).pValue)),
  );
  let from = 0;
  return new Map(concerned.map((one) => [one, corrected.slice(from, (from += one.pairs.length))]));
}

/** Proven only where the corrected p and the interval agree, and enough outcomes are there. */
export function effectOf(
  { horizon, experiment }: Frame,
  direction: MetricDirection,
  compared: Compared,
  adjustedPValue: number,
): Effect {
  const { lower, upper } = judgementBy(horizon, compared).difference;
  if (!horizon.isJudged || !compared.decision.ready || adjustedPValue > experiment.alpha) return "UNCLEAR";
  const isUp = lower !== null && lower > 0;
  if (!isUp && !(upper !== null && upper < 0)) return "UNCLEAR";
  return isUp === (direction === "INCREASE") ? "BETTER" : "WORSE";
}
