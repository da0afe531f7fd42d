/** GraphQL shapes of environments. */
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";

@ObjectType("Environment", {
  description: "A place of a project, such as production, in which every flag has settings of its own.",
})
export class EnvironmentType {
  @Field(() => ID, { description: "Identifies the environment for caches." })
  id!: string;

  @Field(() => String, {
    description: "Names the environment in arguments; unique in its project without regard to case.",
  })
  key!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => Boolean, {
    description: "Whether changes here need the role MANAGER; `killFlag` stays open to DEVELOPER.",
  })
  protected!: boolean;

  @Field(() => Boolean, {
    description: "Whether updates here must send `expectedVersion`. Switching a flag off never needs it.",
  })
  requireExpectedVersion!: boolean;

  @Field(() => Int, { description: "Place in the project's list of environments, from 0." })
  position!: number;

  @Field(() => Int, {
    description: "Rises with every change of the environment itself; send it as `expectedVersion`.",
  })
  version!: number;

  @Field(() => DateTimeScalar, { description: "When the environment was created." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: "When the environment itself was last changed." })
  updatedAt!: Date;
}

@InputType({ description: "A new environment; it comes last in its project's list." })
export class CreateEnvironmentInput extends ChangeInput {
  @Field(() => String, {
    description:
      "1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit; unique in the project without regard to case.",
  })
  key!: string;

  @Field(() => String, { nullable: true, description: "Name for people; the key when absent." })
  name?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether changes in the environment need the role MANAGER; false when absent.",
  })
  protected?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether updates in the environment must send `expectedVersion`; the same as `protected` when absent.",
  })
  requireExpectedVersion?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Key of an environment whose flag settings the new one starts with. Absent: every flag starts as a new flag does, disabled.",
  })
  copyFrom?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;
}

@InputType({ description: "A change of an environment itself. What is absent stays as it is." })
export class UpdateEnvironmentInput extends ChangeInput {
  @Field(() => String, { description: "Key of the environment." })
  environment!: string;

  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether changes in the environment need the role MANAGER.",
  })
  protected?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether updates in the environment must send `expectedVersion`.",
  })
  requireExpectedVersion?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description: "New place in the project's list, from 0; the others move up or down.",
  })
  position?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "The version that the change builds on; another current version is a CONFLICT. Required where the environment's `requireExpectedVersion` holds.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "Names an environment." })
export class EnvironmentRefInput extends ChangeInput {
  @Field(() => String, { description: "Key of the environment." })
  environment!: string;

  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "The version that the change builds on; another current version is a CONFLICT. Required where the environment's `requireExpectedVersion` holds.",
  })
  expectedVersion?: number | null;
}
