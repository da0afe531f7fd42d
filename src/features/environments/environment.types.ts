/** GraphQL shapes of environments. */
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { ChangeInput, UnrepeatableChangeInput } from "../../platform/graphql/change-input.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { defaultProofOverlapSeconds } from "./rotate-context-proof-secret.js";

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

  @Field(() => Boolean, {
    description:
      "Whether CLIENT keys must send `context.proof` with every `context.targetingKey`, so that a browser can only ask about its own user. " +
      "SERVER and MANAGEMENT keys and users need none, and neither does a context without a targetingKey.",
  })
  requireContextProof!: boolean;

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

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether CLIENT keys must send `context.proof`; false when absent. Until `rotateContextProofSecret` has made the secret, nothing is a proof.",
  })
  requireContextProof?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Key of an environment whose flag settings the new one starts with, less the rules that experiments and guarded rollouts own. Absent: every flag starts as a new flag does, disabled.",
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
    description:
      "Whether changes in the environment need the role MANAGER. It leaves `requireExpectedVersion` as it is: send that too.",
  })
  protected?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether updates in the environment must send `expectedVersion`.",
  })
  requireExpectedVersion?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether CLIENT keys must send `context.proof`. Make the secret first, with `rotateContextProofSecret`: without one, true is a CONFLICT.",
  })
  requireContextProof?: boolean | null;

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

@InputType({ description: "An environment that is to get a new secret for its proofs." })
export class RotateContextProofSecretInput extends UnrepeatableChangeInput {
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

  @Field(() => Int, {
    nullable: true,
    defaultValue: defaultProofOverlapSeconds,
    description:
      "How long proofs made with the present secret go on counting, at most 30 days; 0: they stop at once.",
  })
  overlapSeconds?: number | null;
}

@ObjectType("ContextProofSecret", { description: "A new secret, shown this once." })
export class ContextProofSecretType {
  @Field(() => EnvironmentType, { description: "The environment whose proofs are made with it." })
  environment!: EnvironmentType;

  @Field(() => String, {
    description:
      "For your backend, never for a browser: the proof of a targeting key is HMAC-SHA256 of the targeting key under this secret. " +
      "The secret's text as it stands here is the key. It is stored encrypted and never shown again.",
  })
  secret!: string;
}
