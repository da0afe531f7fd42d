/** What a product manager reads first: one sentence that says what is known by now, and never more than the method allows. */
import { inNumbers } from "../numbers.js";
import type { Frame } from "./frame.js";
import { effectClause, type Finding, findingsOf, rangeClause } from "./findings.js";
import { promotionClause } from "./promotion-clause.js";
import type { Check, ExperimentResults, Verdict } from "./results.js";
import { inList, inPercent, named, onDay } from "./wording.js";

export type Findings = Omit<ExperimentResults, "verdict">;

const DAY = 86_400_000;

/** The first of these that applies: not begun, not to be trusted, harmful, not to be judged yet, decided, too early, open. */
export function verdictOf(frame: Frame, results: Findings): Verdict {
  return (
    beforeUnits(frame, results) ??
    untrustworthy(results) ??
    harmful(frame, results) ??
    beforeDate(frame, results) ??
    decided(frame, results) ??
    tooEarly(frame, results) ??
    undecided(frame, results)
  );
}

function beforeUnits(frame: Frame, { units }: Findings): Verdict | null {
  if (frame.experiment.startedAt === null) {
    return { state: "NOT_STARTED", variant: null, sentence: beforeStart(frame) };
  }
  if (units > 0) return null;
  const sentence = hasEnded(frame) ? "It ended, and nobody was shown it." : "Nobody has been shown it yet.";
  return { state: "NO_UNITS", variant: null, sentence };
}

/** A date alone starts nothing: somebody has to schedule it. */
function beforeStart({ experiment: { status, startsAt }, now }: Frame): string {
  if (startsAt === null || startsAt.getTime() <= now.getTime()) return "It has not started yet.";
  const start = `starts on ${onDay(startsAt, now)}`;
  return status === "SCHEDULED" ? `It ${start}.` : `It is a draft: once it is scheduled, it ${start}.`;
}

/** What explains the most comes first. */
const gravest: readonly Check["name"][] = ["EMPTY_ARMS", "CONFLICTS", "SAMPLE_RATIO"];

function untrustworthy({ checks }: Findings): Verdict | null {
  const failed = gravest
    .flatMap((name) => checks.filter((check) => check.name === name))
    .find(({ state }) => state === "FAILED");
  if (failed === undefined) return null;
  const reason = failed.sentence.charAt(0).toLowerCase() + failed.sentence.slice(1);
  return { state: "UNTRUSTWORTHY", variant: null, sentence: `Do not trust these results: ${reason}` };
}

function harmful({ experiment }: Frame, { metrics, automatic }: Findings): Verdict | null {
  const standing = automatic.standings.find(({ breached }) => breached.length > 0);
  const metric = metrics.find((one) => one.role === "GUARDRAIL" && one.metric === standing?.breached[0]);
  const guardrail = metric?.comparisons.find(({ variant }) => variant === standing?.variant)?.guardrail;
  if (standing === undefined || metric === undefined || !guardrail) return null;
  const { harm, leastHarm } = guardrail;
  const size = harm === null ? "" : ` by ${inPercent(harm)}`;
  const least = leastHarm !== null && leastHarm > 0 ? ` (99 %: at least ${inPercent(leastHarm)})` : "";
  return {
    state: "HARMFUL",
    variant: standing.variant,
    sentence: `Treatment ${named(standing.variant)} makes ${metric.name} worse${size}${least}: ${whatBecomesOf(standing.variant, experiment)}.`,
  };
}

function whatBecomesOf(variant: string, { stoppedAt, conclusion }: Frame["experiment"]): string {
  if (stoppedAt === null) return "it should be rolled back";
  if (conclusion === null) return "it should not be chosen";
  return conclusion.variant === variant ? "it was chosen all the same" : "it was not chosen";
}

function beforeDate({ experiment, now }: Frame, { isJudged, units }: Findings): Verdict | null {
  if (isJudged) return null;
  const { endsAt, plannedUnits, optimises } = experiment;
  const when =
    endsAt === null
      ? `before ${inNumbers(plannedUnits)} units have come, and ${inNumbers(units)} have`
      : `before ${onDay(endsAt, now)}`;
  const why = optimises
    ? "shares still move to what does better"
    : "until then the numbers go up and down by chance";
  return { state: "UNDECIDED", variant: null, sentence: `Nothing is decided ${when}: ${why}.` };
}

function decided(frame: Frame, results: Findings): Verdict | null {
  const findings = findingsOf(frame, results);
  const [winner] = findings
    .filter(({ better, worse }) => better.length > 0 && worse.length === 0)
    .toSorted((one, other) => other.leastGain - one.leastGain);
  if (winner !== undefined) return betterBy(frame, results, winner, findings);
  const mixed = findings.find(({ better, worse }) => better.length > 0 && worse.length > 0);
  if (mixed !== undefined) return mixedBy(mixed);
  const loser = findings.find(({ worse }) => worse.length > 0);
  return loser === undefined ? null : worseBy(loser, findings);
}

/** Of the others, what is proven to be worse is said too: whoever promotes should know what to take back. */
function betterBy(frame: Frame, results: Findings, winner: Finding, findings: readonly Finding[]): Verdict {
  const gains = inList(winner.better.map(effectClause));
  const gain = `Treatment ${named(winner.variant)} ${gains}${promotionClause(frame, results, winner)}`;
  const losses = findings
    .filter(({ worse }) => worse.length > 0)
    .map(({ variant, worse }) => `Treatment ${named(variant)} ${inList(worse.map(effectClause))}.`);
  const sentence = [gain, ...losses].join(" ");
  return { state: "BETTER", variant: winner.variant, sentence };
}

function mixedBy({ variant, better, worse }: Finding): Verdict {
  const [gains, losses] = [inList(better.map(effectClause)), inList(worse.map(effectClause))];
  const sentence = `Treatment ${named(variant)} ${gains}, but it ${losses}: weigh one against the other.`;
  return { state: "MIXED", variant, sentence };
}

function worseBy({ variant, worse }: Finding, findings: readonly Finding[]): Verdict {
  const others = findings.filter((finding) => finding.worse.length === 0).length;
  const rest =
    others === 0 ? "keep the control" : "it is worse than the control, and of the others nothing is certain";
  const sentence = `Treatment ${named(variant)} ${inList(worse.map(effectClause))}: ${rest}.`;
  return { state: "WORSE", variant, sentence };
}

function tooEarly(frame: Frame, { checks, metrics }: Findings): Verdict | null {
  if (checks.every(({ name, state }) => name !== "FEW_UNITS" || state === "PASSED")) return null;
  const primary = metrics.filter(({ role }) => role === "PRIMARY");
  const waiting = primary.filter(({ comparisons }) => comparisons.some(({ isReady }) => !isReady));
  const lead = hasEnded(frame) ? "It ended too early to tell" : "Too early to tell";
  const names = inList(waiting.map(({ name }) => name));
  return {
    state: "TOO_EARLY",
    variant: null,
    sentence: `${lead}: some variant has fewer than 30 outcomes by ${names}.`,
  };
}

function undecided(frame: Frame, results: Findings): Verdict {
  const clause = rangeClause(frame, results);
  if (hasEnded(frame)) {
    const sentence = `It ended without a proven difference${clause === null ? "" : `: ${clause}`}.`;
    return { state: "NO_DIFFERENCE", variant: null, sentence };
  }
  const wait = waitClause(frame, results.power?.daysLeft ?? 0);
  const sentence = `Nothing is certain yet${clause === null ? "" : `: ${clause}`}${wait}.`;
  return { state: "UNDECIDED", variant: null, sentence };
}

function waitClause({ experiment: { endsAt }, now }: Frame, days: number): string {
  if (days <= 0) return "";
  const needed = days === 1 ? "a day is" : `about ${inNumbers(days)} days are`;
  const isTooLate = endsAt !== null && endsAt.getTime() < now.getTime() + days * DAY;
  const end = isTooLate ? `, but it ends on ${onDay(endsAt, now)}` : "";
  return `; at today's traffic ${needed} still needed${end}`;
}

/** It was stopped, its date has come, or what judges once has judged. */
function hasEnded({ experiment, horizon, now }: Frame): boolean {
  const { stoppedAt, endsAt } = experiment;
  if (stoppedAt !== null || (endsAt !== null && endsAt.getTime() <= now.getTime())) return true;
  return horizon.judgedBy !== "ANYTIME" && horizon.isReached;
}
