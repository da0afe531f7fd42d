/** GraphQL shapes of the subscription `flagChanges`. */
import { ArgsType, Field, ObjectType, registerEnumType } from "type-graphql";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { sinceOption } from "./delivery.types.js";
import { FlagChangeKind } from "./flag-changes.js";

registerEnumType(FlagChangeKind, {
  name: "FlagChangeKind",
  description: "What happened to a flag or segment.",
  valuesConfig: {
    CREATED: { description: "The flag was created." },
    UPDATED: { description: "The flag, or its settings in an environment, changed." },
    ARCHIVED: { description: "The flag was archived: it answers nothing." },
    RESTORED: { description: "The flag was restored from the archive." },
    DELETED: { description: "The flag was deleted." },
    SEGMENT_UPDATED: { description: "A segment was created, changed or deleted; `change` says which." },
    RESYNC: { description: "Changes were missed that cannot be told any more: read again what you hold." },
  },
});

@ArgsType()
export class FlagChangesArgs {
  @Field(() => String, {
    nullable: true,
    description:
      "Key of a project; absent: all that the caller may see. A key's own project is always meant.",
  })
  project?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Key of an environment: changes there, and those that concern all environments. Absent: all.",
  })
  environment?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "Only changes of these flags; absent: of all flags and segments.",
  })
  flagKeys?: string[] | null;

  @Field(() => String, sinceOption)
  since?: string | null;
}

@ObjectType("FlagChange", {
  description: "One change of a flag or segment, in the order in which they were committed.",
})
export class FlagChangeType {
  @Field(() => String, {
    description: "Its place in the one order of the server; send it as `since` to go on from here.",
  })
  revision!: string;

  @Field(() => FlagChangeKind, { description: "What happened." })
  kind!: FlagChangeKind;

  @Field(() => String, { nullable: true, description: "Key of the flag; null for segments and RESYNC." })
  flagKey!: string | null;

  @Field(() => DateTimeScalar, { description: "When it was committed." })
  at!: string;
}
