/** GraphQL shapes of the results of an experiment. */
import { Field, Float, Int, ObjectType } from "type-graphql";
import { DateTimeScalar } from "../../../platform/graphql/scalars.js";
import { MetricObjectType } from "../../tracking/index.js";
import { MetricRole } from "../experiment.js";
import { ExperimentObjectType } from "../experiment.types.js";
import { ComparisonType, ResultRangeType } from "./comparison.types.js";
import { CheckName, CheckState, Judge, Obstacle, VerdictState } from "./words.types.js";

@ObjectType("ExperimentArmResult", { description: "A variant by itself, by one metric." })
export class ArmResultType {
  @Field(() => String, { description: "Key of the variant." })
  variant!: string;

  @Field(() => Float, { description: "How many were shown it; a whole number." })
  units!: number;

  @Field(() => Float, {
    description: "How many of them have an outcome other than 0: who did it at all; a whole number.",
  })
  nonzero!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "What one unit has: the share that did it, or the average, in the measure of the events' values, before any `decimals`. null: nothing tells.",
  })
  value!: number | null;

  @Field(() => ResultRangeType, {
    description: "Where the true value lies, with a certainty of 1 − `alpha`, for one look.",
  })
  range!: ResultRangeType;

  @Field(() => Float, {
    nullable: true,
    description: "The chance that no other variant is better, 0 to 1. For show. null: nothing tells.",
  })
  chanceToBeBest!: number | null;
}

@ObjectType("ExperimentMetricResult", { description: "What an experiment shows by one of its metrics." })
export class MetricResultType {
  @Field(() => MetricObjectType, { description: "The metric." })
  metric!: MetricObjectType;

  @Field(() => MetricRole, { description: "What it is for." })
  role!: MetricRole;

  @Field(() => Float, {
    nullable: true,
    description:
      "The variance of one unit's outcome, as it is compared. As it was when enough was first seen, intervals stay tuned for it. null: nothing tells.",
  })
  unitVariance!: number | null;

  @Field(() => [ArmResultType], { description: "The variants, the control first." })
  arms!: readonly ArmResultType[];

  @Field(() => [ComparisonType], { description: "Each treatment against the control." })
  comparisons!: readonly ComparisonType[];
}

@ObjectType("ExperimentVerdict", { description: "What to read first." })
export class VerdictType {
  @Field(() => VerdictState, { description: "In a word." })
  state!: VerdictState;

  @Field(() => String, {
    nullable: true,
    description: "Key of the treatment that it is about; null: all of them.",
  })
  variant!: string | null;

  @Field(() => String, { description: "In a sentence, which never says more than the method allows." })
  sentence!: string;
}

@ObjectType("ExperimentSampleRatioArm", { description: "How many were shown a variant." })
export class SampleRatioArmType {
  @Field(() => String, { description: "Key of the variant." })
  variant!: string;

  @Field(() => Float, { description: "How many it is; a whole number." })
  units!: number;

  @Field(() => Float, { description: "How many it ought to be by the shares of the epochs." })
  expected!: number;
}

@ObjectType("ExperimentSampleRatio", {
  description: "Whether the variants have the shares of people that they were given.",
})
export class SampleRatioType {
  @Field(() => [SampleRatioArmType], { description: "Each variant." })
  arms!: readonly SampleRatioArmType[];

  @Field(() => Float, { nullable: true, description: "χ² of the difference; null: nothing tells." })
  chiSquared!: number | null;

  @Field(() => Int, { description: "Its degrees of freedom." })
  degreesOfFreedom!: number;

  @Field(() => Float, { description: "How likely such shares come about by chance, 0 to 1, for one look." })
  pValue!: number;

  @Field(() => Float, {
    description: "The same for any number of looks. Below 0.001 nothing is to be trusted.",
  })
  anytimePValue!: number;
}

@ObjectType("ExperimentCheck", { description: "Something that is checked before results are believed." })
export class CheckType {
  @Field(() => CheckName, { description: "What is checked." })
  name!: CheckName;

  @Field(() => CheckState, { description: "How it ended." })
  state!: CheckState;

  @Field(() => String, { description: "What was found, in a sentence." })
  sentence!: string;
}

@ObjectType("ExperimentPower", {
  description: "How much the people so far can show by the first primary metric, and how long it takes.",
})
export class PowerType {
  @Field(() => MetricObjectType, { description: "The metric." })
  metric!: MetricObjectType;

  @Field(() => Float, {
    nullable: true,
    description:
      "The chance to find the least effect that is worth a change (`minimumEffect`) if it is there, 0 to 1; null: any effect is worth it, or nothing tells.",
  })
  power!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "The smallest lift that is found in four tests of five: 0.05 is 5 %; null: nothing tells.",
  })
  detectableLift!: number | null;

  @Field(() => Float, { description: "How many have been shown a variant; a whole number." })
  units!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "How many it takes in all until `minimumEffect` is found in four tests of five; `plannedUnits` where any effect is worth it. null: nothing tells.",
  })
  unitsNeeded!: number | null;

  @Field(() => Float, { nullable: true, description: "How many come a day, of late; null: nobody." })
  unitsPerDay!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "In how many whole days there will be as many as it takes; null: it does not run, or nobody comes.",
  })
  daysLeft!: number | null;
}

@ObjectType("ExperimentStanding", {
  description: "How far a treatment is from being promoted or rolled back by itself.",
})
export class StandingType {
  @Field(() => String, { description: "Key of the treatment." })
  variant!: string;

  @Field(() => Boolean, {
    description: "Whether it is certain that all primary metrics gain more than `minimumEffect`.",
  })
  beatsMinimum!: boolean;

  @Field(() => [String], {
    description: "Keys of the guardrails whose harm is not proven to be below the margin: each holds it up.",
  })
  unproven!: readonly string[];

  @Field(() => [String], { description: "Keys of the guardrails that ask for a rollback." })
  breached!: readonly string[];
}

@ObjectType("ExperimentAutomaticResult", {
  description: "What the rule of automatic decisions says at this moment, whether or not it is let decide.",
})
export class AutomaticResultType {
  @Field(() => String, { nullable: true, description: "Key of the treatment to promote; null: none." })
  promote!: string | null;

  @Field(() => [String], { description: "Keys of the treatments to roll back." })
  rollBack!: readonly string[];

  @Field(() => [Obstacle], { description: "What holds up every promotion; empty: nothing does." })
  obstacles!: readonly Obstacle[];

  @Field(() => [StandingType], { description: "Each treatment by itself." })
  standings!: readonly StandingType[];
}

@ObjectType("ExperimentEpochArm", { description: "A variant in one epoch of an experiment." })
export class EpochArmType {
  @Field(() => String, { description: "Key of the variant." })
  variant!: string;

  @Field(() => Float, { description: "Its share of those who qualify, in percent." })
  percent!: number;

  @Field(() => Float, {
    description:
      "How many were first shown it in this epoch and still count; a whole number. Whose variant changed later counts no more.",
  })
  units!: number;
}

@ObjectType("ExperimentEpoch", {
  description:
    "A stretch in which shares and traffic stayed as they were. Results are worked out within each and then put together, so that a change of traffic misleads nobody.",
})
export class EpochType {
  @Field(() => Int, { description: "Counts from 1." })
  epoch!: number;

  @Field(() => DateTimeScalar, { description: "When it began." })
  from!: Date;

  @Field(() => Float, { description: "Which share of those who qualify took part, in percent." })
  traffic!: number;

  @Field(() => [EpochArmType], { description: "The variants." })
  arms!: readonly EpochArmType[];
}

/** `slices` is worked out by its resolver. */
@ObjectType("ExperimentResults", {
  description:
    "What an experiment shows: sums of what everybody did who was shown it, judged epoch by epoch. At most five seconds old.",
})
export class ExperimentResultsType {
  @Field(() => ExperimentObjectType, { description: "The experiment as it was then." })
  experiment!: object;

  @Field(() => DateTimeScalar, { description: "For which moment it holds." })
  at!: Date;

  @Field(() => VerdictType, { description: "What to read first." })
  verdict!: VerdictType;

  @Field(() => Judge, { description: "Whose intervals and p-values count." })
  judgedBy!: Judge;

  @Field(() => Boolean, {
    name: "judged",
    description: "Whether that method may be asked yet: a fixed horizon judges at its end only.",
  })
  isJudged!: boolean;

  @Field(() => Float, {
    nullable: true,
    description: "Which share of the planned units is there: 0.5 is half of them, and it may be more than 1.",
  })
  information!: number | null;

  @Field(() => Float, { description: "The error that is accepted." })
  alpha!: number;

  @Field(() => Float, { description: "How many were shown a variant and count; a whole number." })
  units!: number;

  @Field(() => [CheckType], { description: "Whether the results are to be believed." })
  checks!: readonly CheckType[];

  @Field(() => SampleRatioType, {
    description: "Whether the variants have the shares of people that they were given.",
  })
  sampleRatio!: SampleRatioType;

  @Field(() => PowerType, {
    nullable: true,
    description:
      "How much the people so far can show, and how long it takes; null: there is no primary metric.",
  })
  power!: PowerType | null;

  @Field(() => AutomaticResultType, { description: "What the rule of automatic decisions says." })
  automatic!: AutomaticResultType;

  @Field(() => [MetricResultType], { description: "Each metric, in the experiment's order." })
  metrics!: readonly MetricResultType[];

  @Field(() => [EpochType], { description: "The epochs so far, in their order; empty before the start." })
  epochs!: readonly EpochType[];
}
