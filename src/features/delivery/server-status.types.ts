/** GraphQL shapes of the server's own state. */
import { Field, Int, ObjectType } from "type-graphql";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";

@ObjectType("DependencyStatus", { description: "The state of something the server leans on." })
export class DependencyStatusType {
  @Field(() => String, { description: "What it is: `pglite` or `postgresql`, `in-process` or `redis`." })
  kind!: string;

  @Field(() => Boolean, { description: "Whether it answers." })
  up!: boolean;

  @Field(() => DateTimeScalar, { description: "Since when." })
  since!: string;
}

@ObjectType("ServerInfo", { description: "The state of the instance that answers." })
export class ServerInfoType {
  @Field(() => String, { description: "Version of Halyard." })
  version!: string;

  @Field(() => DateTimeScalar, { description: "When it was started." })
  startedAt!: string;

  @Field(() => Boolean, { description: "Whether it has loaded everything and is not shutting down." })
  ready!: boolean;

  @Field(() => Boolean, {
    description: "Whether evaluations may be old, because the database does not answer.",
  })
  stale!: boolean;

  @Field(() => DependencyStatusType, { description: "The database." })
  database!: DependencyStatusType;

  @Field(() => DependencyStatusType, { description: "The bus that wakes the other instances." })
  bus!: DependencyStatusType;

  @Field(() => Int, { description: "How many recorded changes the instance has yet to take in." })
  revisionLag!: number;
}
