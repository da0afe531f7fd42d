/** GraphQL shapes of flags that have outlived their use. */
import { ArgsType, Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { Staleness } from "./stale-flag.js";
import { WherePage } from "./where.types.js";

registerEnumType(Staleness, {
  name: "Staleness",
  description: "In which way a flag has outlived its use. The first that holds is told.",
  valuesConfig: {
    NEVER_EVALUATED: { description: "Nothing ever asked for it, although it is there for long enough." },
    UNUSED: { description: "Nothing asked for it lately." },
    ONE_SIDED: {
      description:
        "A flag of the kind RELEASE or EXPERIMENT whose settings did not change lately, and that answered everybody alike.",
    },
    OLD: { description: "A flag of the kind RELEASE or EXPERIMENT, which are meant to go, that is old." },
  },
});

@ObjectType("StaleFlag", { description: "A flag that has outlived its use in an environment." })
export class StaleFlagType {
  @Field(() => Staleness, { description: "In which way." })
  staleness!: Staleness;

  @Field(() => String, { description: "Why that is thought, in one sentence with numbers." })
  reason!: string;

  @Field(() => String, { description: "What to do about it, in one sentence." })
  suggestion!: string;

  @Field(() => DateTimeScalar, {
    description:
      "Since when: its last evaluation, the last answer that was another, or when it was made. Where that was before evaluations were counted, when counting began.",
  })
  since!: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "When it was last evaluated there; null: never in the last 400 days.",
  })
  lastEvaluatedAt!: Date | null;
}

const { Connection } = connectionOf("StaleFlag", () => StaleFlagType);
export const StaleFlagConnection = Connection;
export type StaleFlagConnection = InstanceType<typeof Connection>;

@ArgsType()
export class StaleFlagsArgs extends WherePage {
  @Field(() => Int, {
    defaultValue: 30,
    description: "How many days ago is long ago, 1 to 400.",
  })
  olderThanDays!: number;
}
