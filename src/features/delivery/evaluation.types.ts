/** GraphQL shapes of evaluation. */
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import {
  EvaluationErrorCode,
  EvaluationReason,
  ExplanationStepKind,
  FlagType,
} from "../../evaluation/index.js";
import { JsonScalar } from "../../platform/graphql/scalars.js";
import type { Evaluation } from "./evaluation.js";

registerEnumType(EvaluationReason, {
  name: "EvaluationReason",
  description: "Why a flag answered as it did, in OpenFeature's words.",
  valuesConfig: {
    STATIC: { description: "The flag has no targets, rules or prerequisites: everyone gets this." },
    DEFAULT: { description: "Nothing more specific applied." },
    TARGETING_MATCH: { description: "A target or a rule matched." },
    SPLIT: { description: "A percentage split chose the variant." },
    DISABLED: { description: "The flag is off: its off variant, or no value." },
    PREREQUISITE_FAILED: { description: "Another flag that this one needs did not answer as required." },
    ERROR: { description: "There is no value; `errorCode` says why." },
    CACHED: { description: "For clients: from a cache. The server never sends it." },
    STALE: { description: "For clients: from a cache that may be old. The server never sends it." },
    UNKNOWN: { description: "For clients: not known. The server never sends it." },
  },
});

registerEnumType(EvaluationErrorCode, {
  name: "EvaluationErrorCode",
  description: "What went wrong, in OpenFeature's words.",
  valuesConfig: {
    FLAG_NOT_FOUND: { description: "No such flag here: unknown, archived, or not the caller's to see." },
    PARSE_ERROR: { description: "The flag's definition is malformed." },
    TYPE_MISMATCH: { description: "The value is not of the type that was asked for." },
    TARGETING_KEY_MISSING: { description: "A split needs `context.targetingKey`." },
    INVALID_CONTEXT: { description: "A split needs an attribute that the context does not have." },
    PROVIDER_NOT_READY: { description: "The environment was not loaded yet." },
    GENERAL: { description: "Anything else, such as flags that need each other in a circle." },
  },
});

registerEnumType(ExplanationStepKind, {
  name: "ExplanationStepKind",
  description: "What a step of an explanation looked at.",
  valuesConfig: {
    LOOKUP: { description: "Whether the flag exists." },
    ENABLED: { description: "Whether it is on." },
    PREREQUISITE: { description: "The answer of a flag that it needs." },
    TARGET: { description: "A list of single values." },
    WINDOW: { description: "A test of the clock, such as a rule's start and end." },
    CONDITION: { description: "A test of an attribute, or a rule's verdict as a whole." },
    SEGMENT: { description: "Membership of a segment." },
    GATE: { description: "A test that lets a percentage through." },
    SPLIT: { description: "The choice of a percentage split." },
    FALLTHROUGH: { description: "What everyone else gets." },
  },
});

@InputType("EvaluationContext", { description: "Whom or what an answer is for." })
export class EvaluationContextInput {
  @Field(() => String, {
    nullable: true,
    description: "Identifies the subject, usually a user; splits and gates go by it. At most 512 characters.",
  })
  targetingKey?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'An object of whatever rules look at: `{ plan: "pro", country: "DE" }`. At most 256 names, 5 levels, 1000 entries of lists, strings of 4 KiB. ' +
      "For CLIENT keys the server sets `request.ip`, `country`, `device`, `os`, `browser` and `locale` itself.",
  })
  attributes?: unknown;

  @Field(() => String, {
    nullable: true,
    description:
      "That a CLIENT key may ask about this targetingKey, where the environment's `requireContextProof` holds: HMAC-SHA256 of the targetingKey (UTF-8) under " +
      "the secret that `rotateContextProofSecret` gave, as hex or base64url. Your backend makes it for its signed-in user, in Node: " +
      '`createHmac("sha256", secret).update(targetingKey).digest("hex")`. It proves the targetingKey alone: attributes are what the client says. ' +
      "Without it, or with another's, the answer is FORBIDDEN. Other callers, and contexts without a targetingKey, need none.",
  })
  proof?: string | null;
}

const plain = { simple: true } as const; // read off the answer as it is

@ObjectType("Evaluation", { description: "The answer of one flag for one context." })
export class EvaluationType {
  @Field(() => String, { ...plain, description: "Key of the flag." })
  key!: string;

  @Field(() => FlagType, {
    ...plain,
    nullable: true,
    description: "Type of the flag; null when there is no such flag.",
  })
  type!: FlagType | null;

  @Field(() => JsonScalar, {
    ...plain,
    nullable: true,
    description: "The value; the default that was asked for, or null, when there is none.",
  })
  value!: unknown;

  @Field(() => String, {
    ...plain,
    nullable: true,
    description: "Key of the variant; null when there is no value.",
  })
  variant!: string | null;

  @Field(() => EvaluationReason, { ...plain, description: "Why." })
  reason!: EvaluationReason;

  @Field(() => EvaluationErrorCode, {
    ...plain,
    nullable: true,
    description: "What went wrong; with reason ERROR only.",
  })
  errorCode!: EvaluationErrorCode | null;

  @Field(() => String, { ...plain, nullable: true, description: "What went wrong, for people." })
  errorMessage!: string | null;

  @Field(() => ID, {
    ...plain,
    nullable: true,
    description: "The rule that decided; always null for CLIENT keys.",
  })
  ruleId!: string | null;

  @Field(() => String, {
    ...plain,
    nullable: true,
    description: "Name of that rule; always null for CLIENT keys.",
  })
  ruleName!: string | null;

  @Field(() => Int, {
    ...plain,
    nullable: true,
    description: "Version of the flag's settings in the environment, `FlagEnvironment.version`.",
  })
  flagVersion!: number | null;

  @Field(() => String, {
    ...plain,
    description: "Where the server stood when it answered; opaque, one order for the whole server.",
  })
  revision!: string;
}

@ObjectType("EvaluationSet", { description: "The answers of several flags, all of one moment." })
export class EvaluationSetType {
  @Field(() => String, { ...plain, description: "Where the server stood when it answered; opaque." })
  revision!: string;

  @Field(() => [EvaluationType], {
    ...plain,
    description: "In the order of `flagKeys`, or by key; unknown keys come back as FLAG_NOT_FOUND.",
  })
  evaluations!: readonly Evaluation[];
}

@ObjectType("EvaluationUpdate", { description: "One message of the subscription `evaluations`." })
export class EvaluationUpdateType {
  @Field(() => String, { ...plain, description: "Send it as `since` to go on from here; opaque." })
  revision!: string;

  @Field(() => Boolean, {
    ...plain,
    description: "Whether these are all answers; otherwise only those that changed.",
  })
  snapshot!: boolean;

  @Field(() => [EvaluationType], { ...plain, description: "The answers." })
  evaluations!: readonly Evaluation[];

  @Field(() => [String], {
    ...plain,
    description:
      "Keys of flags that are gone; each is also among the evaluations, as FLAG_NOT_FOUND without a value.",
  })
  removed!: readonly string[];
}

@ObjectType("ExplanationStep", { description: "One step on the way to an answer." })
export class ExplanationStepType {
  @Field(() => ExplanationStepKind, { ...plain, description: "What it looked at." })
  kind!: ExplanationStepKind;

  @Field(() => String, {
    ...plain,
    description: "The flag being decided: the one asked for, or one that it needs.",
  })
  flagKey!: string;

  @Field(() => Boolean, { ...plain, description: "Whether this step settled the answer of that flag." })
  decided!: boolean;

  @Field(() => String, { ...plain, description: "What was found, in a sentence." })
  message!: string;

  @Field(() => ID, { ...plain, nullable: true, description: "The rule it belongs to." })
  ruleId!: string | null;

  @Field(() => String, { ...plain, nullable: true, description: "The segment it belongs to." })
  segmentKey!: string | null;

  @Field(() => JsonScalar, {
    ...plain,
    nullable: true,
    description: "What was compared or hashed, and the result.",
  })
  detail!: unknown;
}

@ObjectType("Explanation", { description: "An answer, and how it came about." })
export class ExplanationType {
  @Field(() => EvaluationType, { ...plain, description: "The same answer as `evaluate` gives." })
  evaluation!: Evaluation;

  @Field(() => [ExplanationStepType], { ...plain, description: "In the order in which they were taken." })
  steps!: readonly ExplanationStepType[];
}
