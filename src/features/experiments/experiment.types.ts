/** GraphQL shapes of experiments. */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar, JsonScalar } from "../../platform/graphql/scalars.js";
import { AnalysisMode } from "./analysis-mode.types.js";
import { ExperimentStatus, MetricRole } from "./experiment.js";
import { manual } from "./experiment-manual.js";

registerEnumType(ExperimentStatus, {
  name: "ExperimentStatus",
  description: "Where an experiment stands.",
  valuesConfig: {
    DRAFT: { description: "It is being written: nobody is shown anything, and everything can change." },
    SCHEDULED: { description: "It starts by itself at `startsAt`; until then everything can change." },
    RUNNING: { description: "Its rule is in the flag, and whoever asks and qualifies takes part." },
    PAUSED: {
      description:
        "The flag answers as if there were no experiment. Who took part still counts, and has the same variant when it is resumed.",
    },
    STOPPED: {
      description: "It is over: nothing that happens counts any more. It waits for its conclusion.",
    },
    CONCLUDED: { description: "What was decided is written down, and done." },
  },
});

registerEnumType(MetricRole, {
  name: "ExperimentMetricRole",
  description: "What a metric is for in an experiment.",
  valuesConfig: {
    PRIMARY: {
      description:
        "It decides. The fewer there are, the sooner: several share out the error that is accepted.",
    },
    SECONDARY: { description: "It explains, and decides nothing." },
    GUARDRAIL: {
      description:
        "It must not get worse: errors, waiting, cancellations. Nothing is promoted until that is proven.",
    },
  },
});

@ObjectType("ExperimentArm", { description: "A variant in an experiment." })
export class ExperimentArmType {
  @Field(() => String, { description: "Key of the variant." })
  variant!: string;

  @Field(() => Float, { description: "Its share of those who take part, in percent; all sum to 100." })
  percent!: number;
}

@ObjectType("ExperimentMetric", { description: "A metric that an experiment is measured by." })
export class ExperimentMetricType {
  @Field(() => MetricRole, { description: manual.role })
  role!: MetricRole;

  @Field(() => Float, { nullable: true, description: `${manual.margin} null for other roles.` })
  margin!: number | null;
}

/** All of its fields are looked up or worked out. */
@ObjectType("ExperimentLayerShare", { description: "The part of a layer that an experiment has." })
export class ExperimentLayerShareType {}

@ObjectType("ExperimentConclusion", { description: "What was decided at the end of an experiment, and why." })
export class ExperimentConclusionType {
  @Field(() => String, {
    nullable: true,
    description:
      "The variant that everybody was given who qualified; null: what the flag served without the experiment stayed.",
  })
  variant!: string | null;

  @Field(() => String, { description: "In the words of whoever decided." })
  text!: string;

  @Field(() => Boolean, { description: "Whether Halyard decided, by the rule that it was given." })
  automatic!: boolean;

  @Field(() => DateTimeScalar, { description: "When." })
  at!: string;
}

@ObjectType("ExperimentDecision", {
  description:
    "What Halyard did to an experiment by itself, with what it went by, so that it can be worked out again.",
})
export class ExperimentDecisionType {
  @Field(() => ID, { description: "Identifies the decision for caches." })
  id!: string;

  @Field(() => DateTimeScalar, { description: "When." })
  at!: Date;

  @Field(() => String, {
    description:
      "What was done: STARTED, START_REFUSED (it could not start when it was time, and is a draft again), ENDED, INCONCLUSIVE (it ended, and nothing was promoted), PROMOTED, ROLLED_BACK, OPTIMISED (shares moved), or ALARM: nothing, but somebody should look, told once for each thing that may be wrong.",
  })
  action!: string;

  @Field(() => String, { description: "The same in a sentence, with the reason." })
  summary!: string;

  @Field(() => JsonScalar, { description: "Everything that the decision was made from." })
  inputs!: unknown;
}

const decisionPages = connectionOf<ExperimentDecisionType>(
  "ExperimentDecision",
  () => ExperimentDecisionType,
);
export const ExperimentDecisionConnection = decisionPages.Connection;
export type ExperimentDecisionConnection = InstanceType<typeof ExperimentDecisionConnection>;

@ObjectType("Experiment", {
  description:
    "Variants of a flag that are shown to shares of those who qualify in one environment, and compared by what people do then. " +
    "It goes from DRAFT by `startExperiment` to RUNNING (or SCHEDULED first), by `stopExperiment` to STOPPED and by `concludeExperiment` to CONCLUDED. " +
    "While it runs it has one rule in the flag, ahead of those that were there, which nothing else changes; whoever takes part keeps their variant.",
})
export class ExperimentObjectType {
  @Field(() => ID, {
    description: "Identifies the experiment: for caches, for `trackExposures`, and as the seed of its split.",
  })
  id!: string;

  @Field(() => String, {
    description: "Names the experiment in arguments; unique in its project without regard to case.",
  })
  key!: string;

  @Field(() => String, { description: manual.name })
  name!: string;

  @Field(() => String, { nullable: true, description: manual.hypothesis })
  hypothesis!: string | null;

  @Field(() => ExperimentStatus, { description: "Where it stands." })
  status!: ExperimentStatus;

  @Field(() => String, { description: manual.attribute })
  attribute!: string;

  @Field(() => String, { description: manual.control })
  control!: string;

  @Field(() => Float, { description: manual.traffic })
  traffic!: number;

  @Field(() => AnalysisMode, { description: manual.mode })
  mode!: AnalysisMode;

  @Field(() => Float, { description: manual.alpha })
  alpha!: number;

  @Field(() => Float, { description: manual.minimumEffect })
  minimumEffect!: number;

  @Field(() => Int, { description: manual.plannedUnits })
  plannedUnits!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: `${manual.startsAt} null: when somebody starts it.`,
  })
  startsAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: `${manual.endsAt} null: when somebody stops it.`,
  })
  endsAt!: Date | null;

  @Field(() => Int, { description: manual.minimumRuntimeDays })
  minimumRuntimeDays!: number;

  @Field(() => Boolean, { description: manual.promotesAutomatically })
  promotesAutomatically!: boolean;

  @Field(() => Boolean, { description: manual.rollsBackAutomatically })
  rollsBackAutomatically!: boolean;

  @Field(() => Boolean, { description: manual.optimises })
  optimises!: boolean;

  @Field(() => Boolean, { description: manual.adjustsForPast })
  adjustsForPast!: boolean;

  @Field(() => [String], { description: manual.slices })
  slices!: readonly string[];

  @Field(() => Int, {
    description:
      "Counts the stretches in which shares and traffic stayed as they were: 0 before the start, 1 from then on, one more with each change of traffic. Results are worked out within each and then put together.",
  })
  epoch!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: "When it was started; null: not yet." })
  startedAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "When it was resumed last, from which on `minimumRuntimeDays` count anew; null: never.",
  })
  resumedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "When it ended; null: it has not." })
  stoppedAt!: Date | null;

  @Field(() => ExperimentConclusionType, {
    nullable: true,
    description: "What was decided; null: nothing yet.",
  })
  conclusion!: ExperimentConclusionType | null;

  @Field(() => Int, { description: "Rises with every change; send it as `expectedVersion`." })
  version!: number;

  @Field(() => DateTimeScalar, { description: "When the experiment was created." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: "When the experiment last changed." })
  updatedAt!: Date;
}

const { Connection } = connectionOf<ExperimentObjectType>("Experiment", () => ExperimentObjectType);
export const ExperimentConnection = Connection;
export type ExperimentConnection = InstanceType<typeof Connection>;
