/** GraphQL shapes of keys that are asked for and are no flags. */
import { Field, Float, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { ApiKeyNameType } from "./client-version.types.js";
import { UnknownFlagReason } from "./unknown-flag.js";

registerEnumType(UnknownFlagReason, {
  name: "UnknownFlagReason",
  description: "Why a key that is asked for is answered FLAG_NOT_FOUND.",
  valuesConfig: {
    ABSENT: { description: "There is no such flag: it was deleted, never made, or its key is misspelt." },
    ARCHIVED: { description: "The flag is archived, and code still asks for it." },
    NOT_CLIENT_VISIBLE: { description: "A CLIENT key asks for a flag that is not `clientVisible`." },
  },
});

@ObjectType("UnknownFlag", {
  description: "A key that an API key asks for by name, and that is answered FLAG_NOT_FOUND.",
})
export class UnknownFlagType {
  @Field(() => String, { description: "The key as it was asked for; cut after 128 characters." })
  key!: string;

  @Field(() => ApiKeyNameType, { description: "The API key that asks for it." })
  apiKey!: ApiKeyNameType;

  @Field(() => UnknownFlagReason, { description: "Why it is not found, as of now." })
  reason!: UnknownFlagReason;

  @Field(() => Float, { description: "How often it was asked for; a whole number." })
  count!: number;

  @Field(() => DateTimeScalar, { name: "firstAskedAt", description: "When it was first asked for." })
  firstAt!: Date;

  @Field(() => DateTimeScalar, { name: "lastAskedAt", description: "When it was last asked for." })
  lastAt!: Date;
}

const { Connection } = connectionOf("UnknownFlag", () => UnknownFlagType);
export const UnknownFlagConnection = Connection;
export type UnknownFlagConnection = InstanceType<typeof Connection>;
