/** GraphQL shapes of projects. */
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { defaultFlagKeyPattern } from "./project.js";

@ObjectType("Project", {
  description:
    "A world of its own: a project has its environments, segments and flags, and roles of its own.",
})
export class ProjectType {
  @Field(() => ID, { description: "Identifies the project for caches." })
  id!: string;

  @Field(() => String, { description: "Names the project in arguments; unique without regard to case." })
  key!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => String, { nullable: true, description: "What the project is for." })
  description!: string | null;

  @Field(() => String, {
    description: "Regular expression (RE2 syntax) that keys of new flags must match.",
  })
  flagKeyPattern!: string;

  @Field(() => Int, { description: "Rises with every change of the project; send it as `expectedVersion`." })
  version!: number;

  @Field(() => DateTimeScalar, { description: "When the project was created." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: "When the project was last changed." })
  updatedAt!: Date;
}

@InputType({
  description: "A new project. It starts with the environments development, staging and production.",
})
export class CreateProjectInput extends ChangeInput {
  @Field(() => String, {
    description:
      "1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit; unique without regard to case.",
  })
  key!: string;

  @Field(() => String, { nullable: true, description: "Name for people; the key when absent." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "What the project is for." })
  description?: string | null;

  @Field(() => String, {
    nullable: true,
    description: `Regular expression (RE2 syntax) that keys of flags must match; \`${defaultFlagKeyPattern}\` when absent.`,
  })
  flagKeyPattern?: string | null;
}

@InputType({ description: "A change of a project. What is absent stays as it is." })
export class UpdateProjectInput extends ChangeInput {
  @Field(() => String, { description: "Key of the project." })
  project!: string;

  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "What the project is for; null clears it." })
  description?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Regular expression (RE2 syntax) that keys of flags must match from now on; flags that exist keep theirs.",
  })
  flagKeyPattern?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "The version that the change builds on; another current version is a CONFLICT.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "Names a project." })
export class ProjectRefInput extends ChangeInput {
  @Field(() => String, { description: "Key of the project." })
  project!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "The version that the change builds on; another current version is a CONFLICT. Must be given while a flag is enabled in an environment that demands it.",
  })
  expectedVersion?: number | null;
}
