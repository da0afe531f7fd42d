/** GraphQL shapes of holdouts. */
import { ArgsType, Field, Float, ID, InputType, Int, ObjectType } from "type-graphql";
import { connectionOf } from "../../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../../platform/graphql/scalars.js";
import { maxHoldoutPercent } from "./create-holdout.js";
import { ProjectChangeInput, ProjectPage } from "../change-input.types.js";
import { projectDescription, requiredVersionDescription } from "../experiment-manual.js";

const manual = {
  description: "What is to be found out by it, and until when.",
  attribute:
    "Path of the attribute whose value is hashed to find whom it holds out. Whoever has none is not held out.",
  percent: "Which share of everybody is held out.",
  from: "Counts for experiments that are started from then on: those under way go on with whom they have.",
} as const;

@ObjectType("Holdout", {
  description:
    "A share of people to whom no experiment of an environment is shown, so that they can be compared with everybody else. Halyard keeps them apart; it does not compare them. " +
    "They get what flags serve without experiments; what was concluded reaches them, too. Where there are several, each holds out its own share.",
})
export class HoldoutType {
  @Field(() => ID, { description: "Identifies the holdout for caches, and is the seed of its share." })
  id!: string;

  @Field(() => String, { description: "Names the holdout in arguments; unique in its environment." })
  key!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => String, { nullable: true, description: manual.description })
  description!: string | null;

  @Field(() => String, { description: manual.attribute })
  attribute!: string;

  @Field(() => Int, { description: "Rises with every change; send it as `expectedVersion`." })
  version!: number;

  @Field(() => DateTimeScalar, { description: "When the holdout was created." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: "When the holdout last changed." })
  updatedAt!: Date;
}

const { Connection } = connectionOf<HoldoutType>("Holdout", () => HoldoutType);
export const HoldoutConnection = Connection;
export type HoldoutConnection = InstanceType<typeof Connection>;

const environmentDescription = "Key of the environment.";

@ArgsType()
export class HoldoutArguments {
  @Field(() => String, { description: "Key of the holdout." })
  key!: string;

  @Field(() => String, { description: environmentDescription })
  environment!: string;

  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;
}

@ArgsType()
export class HoldoutsArguments extends ProjectPage {
  @Field(() => String, { description: environmentDescription })
  environment!: string;
}

const percentDescription = `${manual.percent} Above 0 and at most ${maxHoldoutPercent}, with at most three decimals.`;

@InputType({ description: `A new holdout. ${manual.from}` })
export class CreateHoldoutInput extends ProjectChangeInput {
  @Field(() => String, {
    description:
      "1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit; unique in the environment.",
  })
  key!: string;

  @Field(() => String, { description: environmentDescription })
  environment!: string;

  @Field(() => Float, { description: percentDescription })
  percent!: number;

  @Field(() => String, { nullable: true, description: "Name for people; the key when absent." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: manual.description })
  description?: string | null;

  @Field(() => String, { nullable: true, description: `${manual.attribute} \`targetingKey\` when absent.` })
  attribute?: string | null;
}

@InputType({ description: "Names a holdout." })
export class HoldoutRefInput extends ProjectChangeInput {
  @Field(() => String, { description: "Key of the holdout." })
  holdout!: string;

  @Field(() => String, { description: environmentDescription })
  environment!: string;

  @Field(() => Int, { nullable: true, description: requiredVersionDescription })
  expectedVersion?: number | null;
}

@InputType({ description: `A change of a holdout. What is absent stays as it is. ${manual.from}` })
export class UpdateHoldoutInput extends HoldoutRefInput {
  @Field(() => Float, { nullable: true, description: percentDescription })
  percent?: number | null;

  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: `${manual.description} null clears it.` })
  description?: string | null;

  @Field(() => String, { nullable: true, description: manual.attribute })
  attribute?: string | null;
}
