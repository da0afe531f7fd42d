/** GraphQL inputs and arguments of operations on experiments. */
import { ArgsType, Field, Float, InputType, Int } from "type-graphql";
import { idempotencyKeyDescription, reasonDescription } from "../../platform/graphql/change-input.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { maxConclusionLength } from "./lifecycle/conclude-experiment.js";
import { ProjectChangeInput, ProjectPage } from "./change-input.types.js";
import { ExperimentStatus } from "./experiment.js";
import { manual, projectDescription, requiredVersionDescription } from "./experiment-manual.js";
import { ExperimentSettingsMembers } from "./experiment-settings.types.js";

@ArgsType()
export class ExperimentsArguments extends ProjectPage {
  @Field(() => String, { nullable: true, description: "Key of the environment; all when absent." })
  environment?: string | null;

  @Field(() => String, { nullable: true, description: "Key of the flag; all when absent." })
  flagKey?: string | null;

  @Field(() => ExperimentStatus, { nullable: true, description: "Where they stand; anywhere when absent." })
  status?: ExperimentStatus | null;

  @Field(() => String, {
    nullable: true,
    description: "Looked for in keys, names and hypotheses, in upper or lower case.",
  })
  search?: string | null;
}

/** What changing and creating have beside the settings; not a type of its own in the schema. */
@InputType()
abstract class ExperimentMembers extends ExperimentSettingsMembers {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: `${manual.startsAt} null: as soon as it is started.`,
  })
  startsAt?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: `${manual.endsAt} null: when somebody stops it.`,
  })
  endsAt?: string | null;

  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;

  @Field(() => String, { nullable: true, description: reasonDescription })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: idempotencyKeyDescription })
  idempotencyKey?: string | null;
}

@InputType({ description: "A new experiment: a draft, which shows nobody anything." })
export class CreateExperimentInput extends ExperimentMembers {
  @Field(() => String, {
    description:
      "1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit; unique in the project without regard to case.",
  })
  key!: string;

  @Field(() => String, { description: "Key of the flag whose variants are compared." })
  flagKey!: string;

  @Field(() => String, { description: "Key of the environment in which they are." })
  environment!: string;

  @Field(() => String, { nullable: true, description: "Name for people; the key when absent." })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of a template, whose settings count where this input has none.",
  })
  template?: string | null;
}

@InputType({
  description:
    "A change of an experiment. What is absent stays as it is. Of what was started only `name`, `hypothesis`, `endsAt` (ANYTIME), `promotesAutomatically` and `rollsBackAutomatically` may change, " +
    "`minimumRuntimeDays` may become longer, and `metrics` may get more with the role SECONDARY behind the others.",
})
export class UpdateExperimentInput extends ExperimentMembers {
  @Field(() => String, { description: "Key of the experiment." })
  experiment!: string;

  @Field(() => String, { nullable: true, description: manual.name })
  name?: string | null;

  @Field(() => Int, { nullable: true, description: requiredVersionDescription })
  expectedVersion?: number | null;
}

@InputType({ description: "Names an experiment." })
export class ExperimentRefInput extends ProjectChangeInput {
  @Field(() => String, { description: "Key of the experiment." })
  experiment!: string;

  @Field(() => Int, { nullable: true, description: requiredVersionDescription })
  expectedVersion?: number | null;
}

@InputType({ description: "Lets more or fewer people take part in an experiment." })
export class ChangeTrafficInput extends ExperimentRefInput {
  @Field(() => Float, {
    description: `${manual.traffic} Above 0, with at most three decimals.`,
  })
  traffic!: number;
}

@InputType({ description: "Writes down what was decided of an experiment." })
export class ConcludeExperimentInput extends ExperimentRefInput {
  @Field(() => String, {
    nullable: true,
    description:
      "The arm that everybody who qualified is to get from now on: it becomes the flag's fallthrough in the environment or, where there was an audience, a rule for that. null and absent: what the flag serves without the experiment stays.",
  })
  variant?: string | null;

  @Field(() => String, {
    description: `What was decided, and why, for whoever asks in a year; at most ${maxConclusionLength} characters.`,
  })
  text!: string;
}
