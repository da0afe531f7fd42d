/** What inputs and arguments in this room have in common; none of it is a type of its own in the schema. */
import { ArgsType, Field, InputType, Int } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import { projectDescription, versionDescription } from "./experiment-manual.js";

/** A page of what a project has. */
@ArgsType()
export abstract class ProjectPage extends ForwardPage {
  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;
}

/** A change of what a project has. */
@InputType()
export abstract class ProjectChangeInput extends ChangeInput {
  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;
}

/** A change that builds on a version, which may be left out everywhere. */
@InputType()
export abstract class VersionedChangeInput extends ProjectChangeInput {
  @Field(() => Int, { nullable: true, description: versionDescription })
  expectedVersion?: number | null;
}
