/** GraphQL inputs of what people set on experiments, and on templates of them. */
import { Field, Float, InputType, Int } from "type-graphql";
import { ConditionInput } from "../segments/index.js";
import { AnalysisMode } from "./analysis-mode.types.js";
import { MetricRole } from "./experiment.js";
import { maxHypothesisLength, maxMetrics, maxRuntimeDays, maxSlices } from "./experiment-input.js";
import { manual } from "./experiment-manual.js";

@InputType({ description: "A variant in an experiment." })
export class ExperimentArmInput {
  @Field(() => String, { description: "Key of a variant of the flag." })
  variant!: string;

  @Field(() => Float, {
    description: "Its share of those who take part, in percent with at most three decimals; all sum to 100.",
  })
  percent!: number;
}

@InputType({ description: "A metric that an experiment is measured by." })
export class ExperimentMetricInput {
  @Field(() => String, { description: "Key of the metric, which must not be archived." })
  metric!: string;

  @Field(() => MetricRole, { description: manual.role })
  role!: MetricRole;

  @Field(() => Float, { nullable: true, description: `${manual.margin} Needed there, and only there.` })
  margin?: number | null;
}

@InputType({ description: "The part of a layer that an experiment is to have." })
export class ExperimentLayerInput {
  @Field(() => String, { description: "Key of the layer, whose attribute must be the experiment's." })
  layer!: string;

  @Field(() => Float, {
    description: "Where the part begins, in percent with at most three decimals; inclusive.",
  })
  fromPercent!: number;

  @Field(() => Float, { description: "Where the part ends; exclusive." })
  toPercent!: number;
}

/** What templates and experiments have; not a type of its own in the schema. */
@InputType()
export abstract class ExperimentSettingsMembers {
  @Field(() => String, {
    nullable: true,
    description: `${manual.hypothesis} At most ${maxHypothesisLength} characters.`,
  })
  hypothesis?: string | null;

  @Field(() => ConditionInput, {
    nullable: true,
    description: `${manual.audience}; null and \`{ all: [] }\`: everybody.`,
  })
  audience?: ConditionInput | null;

  @Field(() => String, {
    nullable: true,
    description: `${manual.attribute} \`targetingKey\` when it was never set.`,
  })
  attribute?: string | null;

  @Field(() => String, {
    nullable: true,
    description: `${manual.control} The first arm when it was never set.`,
  })
  control?: string | null;

  @Field(() => [ExperimentArmInput], {
    nullable: true,
    description: `${manual.arms} Two to ten; every variant of the flag with equal shares when it was never set.`,
  })
  arms?: ExperimentArmInput[] | null;

  @Field(() => Float, {
    nullable: true,
    description: `${manual.traffic} Above 0, with at most three decimals; 100 when it was never set. Each arm gets its part in whole thousandths of a percent, rounded down.`,
  })
  traffic?: number | null;

  @Field(() => ExperimentLayerInput, { nullable: true, description: `${manual.layer} null: it is in none.` })
  layer?: ExperimentLayerInput | null;

  @Field(() => [ExperimentMetricInput], {
    nullable: true,
    description: `What it is measured by, in the order in which results are shown: at most ${maxMetrics}, at least one of them PRIMARY.`,
  })
  metrics?: ExperimentMetricInput[] | null;

  @Field(() => AnalysisMode, {
    nullable: true,
    description: `${manual.mode} ANYTIME when it was never set; the others need an end.`,
  })
  mode?: AnalysisMode | null;

  @Field(() => Float, {
    nullable: true,
    description: `${manual.alpha} 0.001 to 0.2; 0.05 when it was never set.`,
  })
  alpha?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: `${manual.minimumEffect} At most 10; 0 when it was never set.`,
  })
  minimumEffect?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: `${manual.plannedUnits} 100 to 1 000 000 000; 5 000 when it was never set.`,
  })
  plannedUnits?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: `${manual.minimumRuntimeDays} 0 to ${maxRuntimeDays}; 7 when it was never set.`,
  })
  minimumRuntimeDays?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: `${manual.promotesAutomatically} Needs the mode ANYTIME; false when it was never set.`,
  })
  promotesAutomatically?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: `${manual.rollsBackAutomatically} false when it was never set.`,
  })
  rollsBackAutomatically?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: `${manual.optimises} Needs the mode ANYTIME and \`endsAt\`, at which it is judged once; false when it was never set.`,
  })
  optimises?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: `${manual.adjustsForPast} true when it was never set.`,
  })
  adjustsForPast?: boolean | null;

  @Field(() => [String], { nullable: true, description: `${manual.slices} At most ${maxSlices}.` })
  slices?: string[] | null;
}
