/** What keeps people out of an experiment without anybody having meant it. Pure. */
import { quote } from "../../platform/problems.js";
import type { FlagEnvironment } from "../flags/index.js";
import { type Experiment, isOver } from "./experiment.js";
import { plural } from "./numbers.js";

/** Sentences for whoever starts it or looks at it; none once it is over. */
export function warningsOf(
  experiment: Pick<Experiment, "id" | "flag" | "environment" | "status">,
  settings: Pick<FlagEnvironment, "enabled" | "targets" | "rules" | "prerequisites">,
): string[] {
  if (isOver(experiment)) return [];
  const { id, flag, environment } = experiment;
  const where = `Flag ${quote(flag)} in ${environment}`;
  const { enabled, targets, rules, prerequisites } = settings;
  const place = rules.findIndex((rule) => rule.id === id);
  return [
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
