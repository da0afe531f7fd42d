/** GraphQL shapes of what asks with API keys. */
import { Field, Float, ID, ObjectType } from "type-graphql";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { ApiKeyKind } from "../permissions/index.js";

@ObjectType("ApiKeyName", {
  description: "Which API key: no more of it than anyone who may read analytics may know.",
})
export class ApiKeyNameType {
  @Field(() => ID, { description: "Id of the key." })
  id!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => ApiKeyKind, { description: "What the key is for." })
  kind!: ApiKeyKind;
}

@ObjectType("ClientVersion", {
  description:
    "A program that evaluates with an API key, by the first words of its `User-Agent`. At most 200 of each key are kept: those that ask most often, and those that asked last.",
})
export class ClientVersionType {
  @Field(() => ApiKeyNameType, { description: "The key that it asks with." })
  apiKey!: ApiKeyNameType;

  @Field(() => String, {
    description:
      "What it calls itself, such as `my-shop` in `my-shop/1.4`; all web browsers are `browser`, and what says nothing is `unknown`.",
  })
  client!: string;

  @Field(() => String, { description: "Its version; empty: it says none, or is a browser." })
  version!: string;

  @Field(() => Float, { description: "How often it asked; a whole number." })
  count!: number;

  @Field(() => DateTimeScalar, { name: "firstSeenAt", description: "When it first asked." })
  firstAt!: Date;

  @Field(() => DateTimeScalar, { name: "lastSeenAt", description: "When it last asked." })
  lastAt!: Date;
}

const { Connection } = connectionOf("ClientVersion", () => ClientVersionType);
export const ClientVersionConnection = Connection;
export type ClientVersionConnection = InstanceType<typeof Connection>;
