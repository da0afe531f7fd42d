/** GraphQL shapes of the security log. */
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar, JsonScalar } from "../../platform/graphql/scalars.js";
import { ActorType } from "../ledger/index.js";
import { SecurityEventKind } from "./security-event.js";

registerEnumType(SecurityEventKind, {
  name: "SecurityEventKind",
  description: "What happened; each value says what `subject` names.",
  valuesConfig: {
    SIGNED_IN: { description: "A user signed in; `subject` is the e-mail address." },
    SIGN_IN_FAILED: { description: "A sign-in was refused; `subject` is the e-mail address that was given." },
    SIGN_IN_LIMITED: {
      description: "A sign-in was put off after too many; `subject` is the e-mail address that was given.",
    },
    SIGNED_OUT: { description: "A user signed out, here or everywhere; `subject` is the e-mail address." },
    TOKEN_REUSED: {
      description:
        "A refresh token was used a second time, so somebody else may hold it: its session was ended. `subject` is the user's e-mail address.",
    },
    SESSION_REVOKED: { description: "A session was ended; `subject` is the user's e-mail address." },
    PASSWORD_CHANGED: {
      description: "A password was changed, or set by an ADMIN; `subject` is the user's e-mail address.",
    },
    ROLE_CHANGED: { description: "A user was given another role; `subject` is the user's e-mail address." },
    TWO_FACTOR_ENABLED: {
      description: "A second factor was turned on; `subject` is the user's e-mail address.",
    },
    TWO_FACTOR_DISABLED: {
      description: "A second factor was turned off by its user; `subject` is the user's e-mail address.",
    },
    TWO_FACTOR_RESET: {
      description: "A second factor was taken away by an ADMIN; `subject` is the user's e-mail address.",
    },
    TWO_FACTOR_FAILED: {
      description: "A wrong or used code of the second factor was given; `subject` is the e-mail address.",
    },
    RECOVERY_CODE_USED: {
      description: "A recovery code stood in for the second factor; `subject` is the user's e-mail address.",
    },
    RECOVERY_CODES_REPLACED: {
      description: "New recovery codes were made; `subject` is the user's e-mail address.",
    },
    STEPPED_UP: {
      description: "The second factor was shown again for a change; `subject` is the user's e-mail address.",
    },
    API_KEY_CREATED: { description: "An API key was made; `subject` is its name." },
    API_KEY_ROTATED: { description: "An API key was given another secret; `subject` is its name." },
    API_KEY_REVOKED: { description: "An API key was revoked; `subject` is its name." },
    REVOKED_KEY_USED: {
      description:
        "Somebody used an API key after it was revoked, or a secret of it that was replaced; `subject` is its name.",
    },
    FORBIDDEN: {
      description:
        "Something was refused for want of rights or of a fresh second factor; `subject` is the operation, the field of an answer or the path.",
    },
  },
});

@ObjectType("SecurityEvent", {
  description:
    "An entry of the security log: a sign-in, a refusal, a credential that was changed or misused.",
})
export class SecurityEventType {
  @Field(() => ID, { description: "Identifies the event, for caches." })
  id!: string;

  @Field(() => SecurityEventKind, { description: "What happened." })
  kind!: SecurityEventKind;

  @Field(() => DateTimeScalar, { description: "When, by the clock of the instance that saw it." })
  at!: Date;

  @Field(() => ActorType, { nullable: true, description: "Who did it; null for strangers." })
  actor!: ActorType | null;

  @Field(() => String, {
    nullable: true,
    description: "Whom or what it is about: an e-mail address, the name of an API key, an operation.",
  })
  subject!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The address it came from; null where there is none.",
  })
  ip!: string | null;

  @Field(() => String, { nullable: true, description: "What the client said that it is." })
  userAgent!: string | null;

  @Field(() => String, { description: "The request, as in the server's log." })
  requestId!: string;

  @Field(() => JsonScalar, { nullable: true, description: "More about it, by kind; never a secret." })
  detail!: unknown;

  @Field(() => Int, {
    description:
      "How many alike this entry stands for: what repeats itself within a short time is counted, not repeated. Beyond 200 different events of a kind in a minute, the rest are counted in an entry whose detail is `{ flood: true }`.",
  })
  occurrences!: number;
}

const { Connection } = connectionOf("SecurityEvent", () => SecurityEventType);
export const SecurityEventConnection = Connection;
export type SecurityEventConnection = InstanceType<typeof Connection>;

@InputType("SecurityEventFilter", {
  description: "What to look for in the security log. Members that are given must all hold.",
})
export class SecurityEventFilterInput {
  @Field(() => [SecurityEventKind], { nullable: true, description: "Any of these kinds." })
  kinds?: SecurityEventKind[] | null;

  @Field(() => String, {
    nullable: true,
    description: "Events about exactly this: an e-mail address, the name of an API key, an operation.",
  })
  subject?: string | null;

  @Field(() => ID, { nullable: true, description: "Events of the user or API key with this id." })
  actorId?: string | null;

  @Field(() => String, { nullable: true, description: "Events from exactly this address." })
  ip?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "At this moment or later." })
  since?: unknown;

  @Field(() => DateTimeScalar, { nullable: true, description: "Before this moment." })
  until?: unknown;
}
