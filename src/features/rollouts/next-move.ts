/** What a guarded rollout does next, by what was seen of it. Pure. */
import { quote } from "../../platform/problems.js";
import type { GuardrailLook, Look } from "./judge-rollout.js";
import { type GuardedRollout, lacksApproval, nextStepOf, stepOf } from "./rollout.js";

/** STAY: nothing is done, for as long as it waits for something. */
export type Move = "ROLL_BACK" | "ADVANCE" | "COMPLETE" | "ASK_FOR_APPROVAL" | "STAY";

/** For a live rollout at that moment. */
export function nextMove(rollout: GuardedRollout, look: Look, now: Date): Move {
  if (harmIn(look) !== null) return "ROLL_BACK";
  if (rollout.status === "PAUSED" || unmet(rollout, look, now).length > 0) return "STAY";
  if (lacksApproval(rollout)) return rollout.status === "WAITING" ? "STAY" : "ASK_FOR_APPROVAL";
  return nextStepOf(rollout).percent === 100 ? "COMPLETE" : "ADVANCE";
}

/** Why it must be rolled back, in a sentence; null: nothing asks for it. */
export function harmIn({ guardrails, sampleRatio, units }: Look): string | null {
  const breached = guardrails.find((guardrail) => guardrail.breached);
  if (breached !== undefined) return `Metric ${quote(breached.metric)} got worse${figuresOf(breached)}.`;
  if (!sampleRatio.alarm) return null;
  return (
    `People were not shared out as the rollout says: ${units.variant} were shown the variant and ${units.baseline} the baseline, ` +
    "which is no chance. Somebody is counted wrongly or shown the wrong one, so nothing that is measured can be trusted."
  );
}

function figuresOf({ baselineValue, variantValue }: GuardrailLook): string {
  if (baselineValue === null || variantValue === null) return "";
  return `: ${rounded(variantValue)} with the variant, ${rounded(baselineValue)} with the baseline`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** What a live rollout waits for before its next step, each in a sentence; nothing: it moves on within seconds. */
export function waitsFor(rollout: GuardedRollout, look: Look, now: Date): string[] {
  return [
    ...(rollout.status === "PAUSED" ? ["It is paused: resume it."] : []),
    ...unmet(rollout, look, now),
    ...(lacksApproval(rollout) ? ["Somebody must approve the step."] : []),
  ];
}

/** All that the clock and people who use the flag must bring. */
function unmet(rollout: GuardedRollout, look: Look, now: Date): string[] {
  const { flag, environment, stepStartedAt, offSince } = rollout;
  const hold = stepOf(rollout).hold;
  const sentences: string[] = [];
  if (offSince !== null) {
    const then = hold !== null && hold.hours !== null ? "the hours of this step begin" : "it goes on";
    sentences.push(`Flag ${quote(flag)} is off in ${environment}: once it is on, ${then}.`);
  } else if (hold !== null && hold.hours !== null) {
    const end = new Date(stepStartedAt.getTime() + hold.hours * 3_600_000);
    if (now < end) sentences.push(`The step lasts until ${end.toISOString()} at least.`);
  }
  if (hold !== null && hold.units !== null && look.unitsInStep < hold.units) {
    sentences.push(
      `${look.unitsInStep} of ${hold.units} were shown the variant in this step for the first time.`,
    );
  }
  if (look.units.variant === 0 || look.units.baseline === 0) {
    const whom = look.units.variant === 0 ? "the variant" : "the baseline";
    sentences.push(`Nobody has been shown ${whom} so far, so that nothing can be compared.`);
  }
  return [...sentences, ...unproven(rollout, look)];
}

function unproven(rollout: GuardedRollout, { guardrails }: Look): string[] {
  if (nextStepOf(rollout).percent < 100) return [];
  return guardrails
    .filter(({ proven }) => proven === false)
    .map(({ metric }) => {
      const margin = rollout.guardrails.find((guardrail) => guardrail.metric === metric)?.margin ?? 0;
      return `It cannot be ruled out yet that metric ${quote(metric)} gets worse by ${rounded(100 * margin)} % or more.`;
    });
}
