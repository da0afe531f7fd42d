/** GraphQL shapes of layers. */
import { ArgsType, Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { connectionOf } from "../../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../../platform/graphql/scalars.js";
import { ProjectChangeInput, ProjectPage, VersionedChangeInput } from "../change-input.types.js";

const manual = {
  description: "Which experiments are to keep out of each other's way, and why.",
  attribute:
    "Path of the attribute whose value is hashed to find a person's place in the layer; that of all its experiments.",
} as const;

@ObjectType("Layer", {
  description:
    "A line that everybody has one place on, from 0 to 100 percent, and of which experiments have parts. Two experiments whose parts do not overlap have nobody in common, so that neither disturbs the other. " +
    "Experiments of different layers, or of none, meet by chance alone, which disturbs neither on average.",
})
export class LayerType {
  @Field(() => ID, { description: "Identifies the layer for caches, and is the seed of its places." })
  id!: string;

  @Field(() => String, {
    description: "Names the layer in arguments; unique in its project without regard to case.",
  })
  key!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => String, { nullable: true, description: manual.description })
  description!: string | null;

  @Field(() => String, { description: manual.attribute })
  attribute!: string;

  @Field(() => Int, { description: "Rises with every change; send it as `expectedVersion`." })
  version!: number;

  @Field(() => DateTimeScalar, { description: "When the layer was created." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: "When the layer last changed." })
  updatedAt!: Date;
}

const { Connection } = connectionOf<LayerType>("Layer", () => LayerType);
export const LayerConnection = Connection;
export type LayerConnection = InstanceType<typeof Connection>;

@ArgsType()
export class LayersArguments extends ProjectPage {
  @Field(() => String, {
    nullable: true,
    description: "Looked for in keys, names and descriptions, in upper or lower case.",
  })
  search?: string | null;
}

@InputType({ description: "A new layer." })
export class CreateLayerInput extends ProjectChangeInput {
  @Field(() => String, {
    description:
      "1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit; unique in the project without regard to case.",
  })
  key!: string;

  @Field(() => String, { nullable: true, description: "Name for people; the key when absent." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: manual.description })
  description?: string | null;

  @Field(() => String, { nullable: true, description: `${manual.attribute} \`targetingKey\` when absent.` })
  attribute?: string | null;
}

@InputType({ description: "Names a layer." })
export class LayerRefInput extends VersionedChangeInput {
  @Field(() => String, { description: "Key of the layer." })
  layer!: string;
}

@InputType({ description: "A change of a layer. What is absent stays as it is." })
export class UpdateLayerInput extends LayerRefInput {
  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: `${manual.description} null clears it.` })
  description?: string | null;

  @Field(() => String, {
    nullable: true,
    description: `${manual.attribute} Stays as long as an experiment names the layer.`,
  })
  attribute?: string | null;
}
