/** What was decided, as people read it: what was done, why, and what is so from now on. Pure. */
import { weightToPercent } from "../../../evaluation/index.js";
import { analysing } from "../analysis/analyse.js";
import { effectClause, findingsOf } from "../analysis/findings.js";
import type { MeasuredLook } from "../analysis/frame.js";
import type { ExperimentResults } from "../analysis/results.js";
import type { Steps } from "../analysis/steps.js";
import { inList, inPercent, named } from "../analysis/wording.js";
import type { AlarmKind, Decided } from "./decide.js";
import { type Arm, nameOf } from "../experiment.js";
import { inNumbers, plural } from "../numbers.js";

export function* summarising(seen: MeasuredLook, decided: Decided): Steps<string> {
  const { look } = seen;
  const name = nameOf(look.experiment);
  if (decided.action === "OPTIMISED")
    return `${name} moved its shares to what does better: ${movesOf(decided.before, decided.after)}.`;
  const results = yield* analysing(seen);
  switch (decided.action) {
    case "PROMOTED":
      return `${name} was concluded: ${named(decided.variant)} is served to everybody${look.experiment.audience === null ? "" : " who qualifies"} now. ${proofOf(seen, results, decided.variant)}`;
    case "ROLLED_BACK":
      return `${name} was rolled back: ${harmOf(results, decided.variants)}. What the flag serves without it stays, or the control where that does the harm.`;
    case "INCONCLUSIVE":
      return `${name} was stopped, because its end had come, and nothing was promoted. ${results.verdict.sentence} What the flag serves without it stays.`;
    case "ALARM":
      return `${name} needs somebody to look at it. ${alarmOf(results, decided.kind)}`;
  }
}

function proofOf({ frame }: MeasuredLook, results: ExperimentResults, variant: string): string {
  const { experiment, now } = frame;
  const finding = findingsOf(frame, results).find((one) => one.variant === variant);
  const gains = [...(finding?.better ?? []), ...(finding?.unclear ?? [])].map(effectClause);
  const days = Math.floor((now.getTime() - (experiment.startedAt ?? now).getTime()) / 86_400_000);
  const isGuarded = experiment.metrics.some(({ role }) => role === "GUARDRAIL");
  const guard = isGuarded ? ", and no guardrail is worse than its margin allows" : "";
  return `It ${inList(gains)} after ${plural(days, "day")} and ${inNumbers(results.units)} units${guard}.`;
}

/** `` `on` makes Errors worse by 80 % ``. */
function harmOf({ metrics, automatic }: ExperimentResults, variants: readonly string[]): string {
  return inList(
    variants.map((variant) => {
      const standing = automatic.standings.find((one) => one.variant === variant);
      const breached = metrics.filter(({ metric }) => standing?.breached.includes(metric));
      const harms = breached.map(({ name, comparisons }) => {
        const harm = comparisons.find((one) => one.variant === variant)?.guardrail?.harm ?? null;
        return harm === null ? `${name} worse` : `${name} worse by ${inPercent(harm)}`;
      });
      return `${named(variant)} makes ${inList(harms)}`;
    }),
  );
}

function alarmOf(results: ExperimentResults, kind: AlarmKind): string {
  if (kind === "GUARDRAIL") {
    const harm = harmOf(results, results.automatic.rollBack);
    return `A guardrail is breached: ${harm}. It goes on, because it is not rolled back by itself.`;
  }
  const check = results.checks.find(({ name }) => name === kind);
  return `${check?.sentence ?? ""} Nothing is promoted by itself.`;
}

function movesOf(before: readonly Arm[], after: readonly Arm[]): string {
  const share = (arms: readonly Arm[], variant: string) =>
    inPercent(weightToPercent(arms.find((arm) => arm.variant === variant)?.weight ?? 0) / 100);
  return inList(
    after.map(
      ({ variant }) => `${named(variant)} from ${share(before, variant)} to ${share(after, variant)}`,
    ),
  );
}
