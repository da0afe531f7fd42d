/** What is set on experiments as it is read back: shares in percent, and so that it can be sent again. Pure. */
import { weightToPercent } from "../../evaluation/index.js";
import { writeCondition } from "../segments/index.js";
import type { Arm, LayerShare } from "./experiment.js";
import type { TemplateSettings } from "./templates/template.js";

export function writeArms(arms: readonly Arm[]): { readonly variant: string; readonly percent: number }[] {
  return arms.map(({ variant, weight }) => ({ variant, percent: weightToPercent(weight) }));
}

export function writeShare({ layer, low, high }: LayerShare) {
  return { layer, fromPercent: weightToPercent(low), toPercent: weightToPercent(high) };
}

/** As `ExperimentTemplateSettingsInput` has it. */
export function writeSettings({ arms, audience, layer, ...settings }: TemplateSettings): object {
  return {
    ...settings,
    ...(arms === undefined ? {} : { arms: writeArms(arms) }),
    ...(audience ? { audience: writeCondition(audience) } : {}),
    ...(layer ? { layer: writeShare(layer) } : {}),
  };
}
