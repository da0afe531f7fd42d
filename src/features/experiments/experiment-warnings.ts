/** What keeps people out of an experiment without anybody having meant it. Pure. */
import { quote } from "../../platform/problems.js";
import type { FlagEnvironment } from "../flags/index.js";
import { type Experiment, isOver } from "./experiment.js";

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
  const [only, ...more] = targets;
  return [
    ...(enabled ? [] : [`${where} is off: nobody is shown anything by the experiment.`]),
    ...(prerequisites.length === 0
      ? []
      : [`${where} has prerequisites: where they are not met, nobody takes part.`]),
    ...(only === undefined
      ? []
      : [`${where} has ${more.length + 1} targets: whom they list does not take part.`]),
    ...(place > 0 ? [`${where} has ${place} rules ahead: whom they decide does not take part.`] : []),
  ];
}
