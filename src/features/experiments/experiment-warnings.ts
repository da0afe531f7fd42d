/** What keeps people out of an experiment, or keeps it from starting, without anybody having meant it. Pure. */
import { quote } from "../../platform/problems.js";
import type { FlagEnvironment } from "../flags/index.js";
import { type Experiment, isOver } from "./experiment.js";
import { plural } from "./numbers.js";

type Warned = Pick<
  Experiment,
  "id" | "flag" | "environment" | "status" | "startedAt" | "mode" | "optimises" | "endsAt"
>;

/** Sentences for whoever starts it or looks at it; none once it is over. `now` is in epoch milliseconds. */
export function warningsOf(
  experiment: Warned,
  settings: Pick<FlagEnvironment, "enabled" | "targets" | "rules" | "prerequisites">,
  now: number,
): string[] {
  if (isOver(experiment)) return [];
  const { id, flag, environment } = experiment;
  const where = `Flag ${quote(flag)} in ${environment}`;
  const { enabled, targets, rules, prerequisites } = settings;
  const place = rules.findIndex((rule) => rule.id === id);
  return [
    ...endWarnings(experiment, now),
    ...(enabled ? [] : [`${where} is off: nobody is shown anything by the experiment.`]),
    ...(prerequisites.length === 0
      ? []
      : [`${where} has prerequisites: where they are not met, nobody takes part.`]),
    ...(targets.length === 0
      ? []
      : [`${where} has ${plural(targets.length, "target")}: whoever is listed does not take part.`]),
    ...(place <= 0
      ? []
      : [`${where} has ${plural(place, "rule")} ahead: whoever is decided there does not take part.`]),
  ];
}

/** What `startExperiment` would refuse. */
function endWarnings({ startedAt, mode, optimises, endsAt }: Warned, now: number): string[] {
  if (startedAt !== null) return [];
  if (endsAt !== null) {
    const when = endsAt.toISOString();
    return endsAt.getTime() > now ? [] : [`\`endsAt\` is ${when}, which is past: it cannot start like that.`];
  }
  if (mode === "ANYTIME" && !optimises) return [];
  const judged = optimises ? "where shares move" : `in the mode ${mode}`;
  return [`It cannot start without \`endsAt\`, by which its results are judged ${judged}.`];
}
