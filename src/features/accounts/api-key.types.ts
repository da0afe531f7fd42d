/** GraphQL shapes of API keys. */
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { ChangeInput, UnrepeatableChangeInput } from "../../platform/graphql/change-input.types.js";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { ActorType } from "../ledger/index.js";
import { ApiKeyKind, Role } from "../permissions/index.js";
import { defaultOverlapSeconds } from "./rotate-api-key.js";

registerEnumType(ApiKeyKind, {
  name: "ApiKeyKind",
  description: "What an API key is for.",
  valuesConfig: {
    CLIENT: { description: "Evaluates in one environment; safe to ship in a browser or app." },
    SERVER: { description: "Evaluates in one environment and reads its ruleset; for backends." },
    MANAGEMENT: { description: "Manages the whole server or one project, as far as its role goes." },
  },
});

@ObjectType("ApiKey", { description: "A credential for a program." })
export class ApiKeyType {
  @Field(() => ID, { description: "Identifies the key, in arguments and for caches." })
  id!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => ApiKeyKind, { description: "What the key is for." })
  kind!: ApiKeyKind;

  @Field(() => Role, { nullable: true, description: "What a MANAGEMENT key may do; null for the others." })
  role!: Role | null;

  @Field(() => String, { description: "The first characters of the secret, by which people recognise it." })
  prefix!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: "When the key stops working; null: never." })
  expiresAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "When the key was revoked; null: it was not." })
  revokedAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "When the key was last used, to about a minute; null: not yet.",
  })
  lastUsedAt!: Date | null;

  @Field(() => DateTimeScalar, { description: "When the key was made." })
  createdAt!: Date;

  @Field(() => ActorType, {
    description: "Who made the key. It keeps its rights when they lose theirs: revoke it if it should not.",
  })
  createdBy!: ActorType;

  @Field(() => Int, {
    description: "Rises with every change, rotation included; send it as `expectedVersion`.",
  })
  version!: number;
}

@ObjectType("CreatedApiKey", { description: "An API key with its secret." })
export class CreatedApiKeyType {
  @Field(() => ApiKeyType, { description: "The key." })
  apiKey!: ApiKeyType;

  @Field(() => String, {
    nullable: true,
    description:
      "The secret: shown this once and never again. It would be null in the answer to a request that was repeated; what makes a secret takes no `idempotencyKey`, so it is there.",
  })
  secret!: string | null;
}

const { Connection } = connectionOf("ApiKey", () => ApiKeyType);
export const ApiKeyConnection = Connection;
export type ApiKeyConnection = InstanceType<typeof Connection>;

@InputType({ description: "A new API key." })
export class CreateApiKeyInput extends UnrepeatableChangeInput {
  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => ApiKeyKind, { description: "What the key is for." })
  kind!: ApiKeyKind;

  @Field(() => String, {
    nullable: true,
    description:
      "Key of the project. When absent: the calling API key's own, else `default` for CLIENT and SERVER and the whole server for MANAGEMENT.",
  })
  project?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the environment: needed for CLIENT and SERVER, not allowed for MANAGEMENT.",
  })
  environment?: string | null;

  @Field(() => Role, {
    nullable: true,
    description:
      "What the key may do, at most what its maker may: needed for MANAGEMENT, not allowed for CLIENT and SERVER.",
  })
  role?: Role | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      "When the key stops working; absent: never, or, for a MANAGEMENT key that an API key makes, when that one does. It cannot be later.",
  })
  expiresAt?: unknown;
}

const versionDescription =
  "`ApiKey.version` that the change builds on; another current version is a CONFLICT.";

@InputType({ description: "Names an API key." })
export class ApiKeyRefInput extends ChangeInput {
  @Field(() => ID, { description: "Id of the key." })
  id!: string;

  @Field(() => Int, { nullable: true, description: versionDescription })
  expectedVersion?: number | null;
}

@InputType({ description: "A change of an API key. What is absent stays as it is." })
export class UpdateApiKeyInput extends ApiKeyRefInput {
  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      "When the key stops working; null: never. An API key can set no MANAGEMENT key, itself included, later than its own.",
  })
  expiresAt?: unknown;
}

@InputType({ description: "An API key that is to get another secret." })
export class RotateApiKeyInput extends UnrepeatableChangeInput {
  @Field(() => ID, { description: "Id of the key." })
  id!: string;

  @Field(() => Int, { nullable: true, description: versionDescription })
  expectedVersion?: number | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: defaultOverlapSeconds,
    description: "How long the present secret goes on working, at most 30 days; 0: it stops at once.",
  })
  overlapSeconds?: number | null;
}
