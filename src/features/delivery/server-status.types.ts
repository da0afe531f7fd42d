/** GraphQL shapes of the server's own state. */
import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import type { BreakerState } from "../../platform/breaker.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";

/** Spelt as everywhere else; GraphQL has capitals and no hyphens. */
const BreakerStateEnum = { CLOSED: "closed", HALF_OPEN: "half-open", OPEN: "open" } as const;

registerEnumType(BreakerStateEnum, {
  name: "BreakerState",
  description: "Whether calls of something that the server leans on get through.",
  valuesConfig: {
    CLOSED: { description: "They get through." },
    HALF_OPEN: { description: "One gets through, to see whether it answers again." },
    OPEN: { description: "They fail at once, because it did not answer several times in a row." },
  },
});

@ObjectType("DependencyStatus", { description: "The state of something the server leans on." })
export class DependencyStatusType {
  @Field(() => String, { description: "What it is: `pglite` or `postgresql`, `in-process` or `redis`." })
  kind!: string;

  @Field(() => Boolean, { description: "Whether it answers." })
  up!: boolean;

  @Field(() => DateTimeScalar, { description: "Since when." })
  since!: string;

  @Field(() => BreakerStateEnum, { description: "Whether calls get through." })
  breaker!: BreakerState;
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

  @Field(() => String, { description: "Up to where it has taken in what was changed." })
  revision!: string;

  @Field(() => Int, {
    description: "Which history of changes it follows; higher each time that an older one was restored.",
  })
  epoch!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "When it last read the recorded changes; null before it ever did.",
  })
  lastReadAt!: string | null;

  @Field(() => Int, { description: "How often since its start it found the history of changes replaced." })
  forks!: number;

  @Field(() => Int, {
    description:
      "How often since its start it found its memory to differ from the database, and loaded it anew.",
  })
  divergences!: number;

  @Field(() => Int, {
    description:
      "How many flags and segments cannot be evaluated as the database has them: they stay as they last were, or answer PARSE_ERROR.",
  })
  quarantined!: number;

  @Field(() => Int, { description: "How many servers run on the database, as far as this one has heard." })
  instances!: number;

  @Field(() => Int, { description: "How many subscriptions it serves." })
  subscribers!: number;
}
