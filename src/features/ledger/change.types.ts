/** GraphQL shapes of the audit log. */
import { Field, ID, InputType, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { ActorKind } from "../permissions/index.js";
import { AuditSubject } from "./change.js";

registerEnumType(ActorKind, {
  name: "ActorKind",
  description: "What kind of caller did something.",
  valuesConfig: {
    USER: { description: "A signed-in user." },
    API_KEY: { description: "A program with an API key." },
    SYSTEM: { description: "Halyard itself: first start, schedules." },
    CLI: { description: "Whoever has a shell on the server." },
  },
});

registerEnumType(AuditSubject, {
  name: "AuditSubject",
  description: "What kind of thing was changed.",
  valuesConfig: {
    FLAG: { description: "A flag, or its settings in an environment; `subject` is its key." },
    SEGMENT: { description: "A segment or its members; `subject` is its key." },
    PROJECT: { description: "A project; `subject` is its key." },
    ENVIRONMENT: { description: "An environment; `subject` is its key." },
    USER: { description: "A user, their roles or sessions; `subject` is the user's id." },
    API_KEY: { description: "An API key; `subject` is its id." },
    SETTINGS: { description: "Settings of the server." },
    METRIC: { description: "A metric; `subject` is its key." },
    EXPERIMENT: { description: "An experiment; `subject` is its key." },
    LAYER: { description: "A layer of experiments; `subject` is its key." },
    HOLDOUT: { description: "A holdout of an environment; `subject` is its key." },
    EXPERIMENT_TEMPLATE: { description: "A template of experiments; `subject` is its key." },
  },
});

@ObjectType("Actor", { description: "Who did something." })
export class ActorType {
  @Field(() => ActorKind, { description: "What kind of caller it was." })
  kind!: ActorKind;

  @Field(() => ID, { nullable: true, description: "Id of the user or API key; null for the server itself." })
  id!: string | null;

  @Field(() => String, { description: "E-mail of the user or name of the API key at that time." })
  name!: string;
}

@ObjectType("AuditEvent", {
  description:
    "One recorded change. The record is append-only and chained by hashes, so that tampering shows.",
})
export class AuditEventType {
  @Field(() => ID, { description: "Identifies the change, for `revertChange` and for caches." })
  id!: string;

  @Field(() => String, { description: "What happened, as `noun.verb`: `flag.enabled`, `segment.updated`." })
  kind!: string;

  @Field(() => DateTimeScalar, { description: "When it was committed, by the database's clock." })
  at!: string;

  @Field(() => String, {
    nullable: true,
    description: "Key of the project; null for what concerns the server.",
  })
  project!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the environment; null for what concerns all environments of the project.",
  })
  environment!: string | null;

  @Field(() => AuditSubject, { description: "What kind of thing was changed." })
  subjectType!: AuditSubject;

  @Field(() => String, { description: "Which one: its key, or the id of a user or API key." })
  subject!: string;

  @Field(() => String, {
    nullable: true,
    description: "The request that made the change, as in the server's log.",
  })
  requestId!: string | null;
}

const { Connection } = connectionOf("AuditEvent", () => AuditEventType);
export const AuditEventConnection = Connection;
export type AuditEventConnection = InstanceType<typeof Connection>;

@InputType("AuditFilter", {
  description: "What to look for in the audit log. Members that are given must all hold.",
})
export class AuditFilterInput {
  @Field(() => String, {
    nullable: true,
    description: "Key of a project; absent: everything the caller may see.",
  })
  project?: string | null;

  @Field(() => String, { nullable: true, description: "Changes made in this environment alone." })
  environment?: string | null;

  @Field(() => String, { nullable: true, description: "Changes of this flag and of its settings." })
  flagKey?: string | null;

  @Field(() => AuditSubject, { nullable: true, description: "Changes of this kind of thing." })
  subjectType?: AuditSubject | null;

  @Field(() => String, { nullable: true, description: "Changes of the thing with this key or id." })
  subject?: string | null;

  @Field(() => ID, { nullable: true, description: "Changes made by the user or API key with this id." })
  actorId?: string | null;

  @Field(() => [String], { nullable: true, description: "Any of these kinds, such as `flag.enabled`." })
  kinds?: string[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "At this moment or later." })
  since?: unknown;

  @Field(() => DateTimeScalar, { nullable: true, description: "Before this moment." })
  until?: unknown;
}
