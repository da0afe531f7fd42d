/** GraphQL arguments that say where analytics look. */
import { ArgsType, Field } from "type-graphql";
import { ForwardPage } from "../../platform/graphql/connection.types.js";

@ArgsType()
export class WherePage extends ForwardPage {
  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the environment; absent: all environments of the project.",
  })
  environment?: string | null;
}
