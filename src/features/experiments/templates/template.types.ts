/** GraphQL shapes of templates of experiments. */
import { ArgsType, Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { connectionOf } from "../../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../../platform/graphql/scalars.js";
import { ProjectChangeInput, ProjectPage, VersionedChangeInput } from "../change-input.types.js";
import { ExperimentSettingsMembers } from "../experiment-settings.types.js";

const purpose = "What experiments it is for.";

@ObjectType("ExperimentTemplate", {
  description:
    "Settings that experiments begin with, so that a team decides once what its experiments are measured and guarded by. An experiment takes them over when it is created, and has them for its own from then on.",
})
export class ExperimentTemplateType {
  @Field(() => ID, { description: "Identifies the template for caches." })
  id!: string;

  @Field(() => String, { description: "Names the template in arguments; unique in its project." })
  key!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => String, { nullable: true, description: purpose })
  description!: string | null;

  @Field(() => Int, { description: "Rises with every change; send it as `expectedVersion`." })
  version!: number;

  @Field(() => DateTimeScalar, { description: "When the template was created." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: "When the template last changed." })
  updatedAt!: Date;
}

const { Connection } = connectionOf<ExperimentTemplateType>(
  "ExperimentTemplate",
  () => ExperimentTemplateType,
);
export const ExperimentTemplateConnection = Connection;
export type ExperimentTemplateConnection = InstanceType<typeof Connection>;

@ArgsType()
export class ExperimentTemplatesArguments extends ProjectPage {}

@InputType({
  description:
    "Settings of experiments. What is absent is left to the experiment, or to what it is when nobody sets it. Whether what they name exists is looked at where an experiment is created.",
})
export class ExperimentTemplateSettingsInput extends ExperimentSettingsMembers {}

@InputType({ description: "A new template of experiments." })
export class CreateExperimentTemplateInput extends ProjectChangeInput {
  @Field(() => String, {
    description:
      "1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit; unique in the project.",
  })
  key!: string;

  @Field(() => ExperimentTemplateSettingsInput, { description: "What experiments begin with." })
  settings!: ExperimentTemplateSettingsInput;

  @Field(() => String, { nullable: true, description: "Name for people; the key when absent." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: purpose })
  description?: string | null;
}

@InputType({ description: "Names a template of experiments." })
export class ExperimentTemplateRefInput extends VersionedChangeInput {
  @Field(() => String, { description: "Key of the template." })
  template!: string;
}

@InputType({ description: "A change of a template of experiments. What is absent stays as it is." })
export class UpdateExperimentTemplateInput extends ExperimentTemplateRefInput {
  @Field(() => ExperimentTemplateSettingsInput, {
    nullable: true,
    description: "What experiments begin with: replaces all settings of the template.",
  })
  settings?: ExperimentTemplateSettingsInput | null;

  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: `${purpose} null clears it.` })
  description?: string | null;
}
