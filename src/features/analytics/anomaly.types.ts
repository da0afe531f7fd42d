/** GraphQL shapes of hours that were out of the ordinary. */
import { ArgsType, Field, Float, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { AnomalyDirection, AnomalyMeasure } from "./anomaly.js";
import { WherePage } from "./where.types.js";

registerEnumType(AnomalyDirection, {
  name: "AnomalyDirection",
  description: "In which way an hour was out of the ordinary.",
  valuesConfig: {
    LOW: {
      description:
        "Far less than usual: something that asks for the flag or tracks the metric may be broken, or was taken out.",
    },
    HIGH: {
      description:
        "Far more than usual: something may ask or track again and again, or has a rush; of what should be rare, such as errors, there is more.",
    },
  },
});

registerEnumType(AnomalyMeasure, {
  name: "AnomalyMeasure",
  description: "What was out of the ordinary.",
  valuesConfig: {
    EVALUATIONS: { description: "How often a flag was evaluated in an hour." },
    EVENTS: { description: "How many events of a metric came in within an hour." },
    RATE: {
      description:
        "Of the units that a running experiment or guarded rollout exposed first in an hour, whichever variant they got: the share that did something by the metric within an hour of it.",
    },
  },
});

@ObjectType("Anomaly", {
  description:
    "An hour in which a flag was evaluated, or a metric came in, far more or far less often than usual, or in which a rate was found to have changed.",
})
export class AnomalyType {
  @Field(() => DateTimeScalar, { description: "When the hour began." })
  hour!: Date;

  @Field(() => AnomalyDirection, { description: "In which way." })
  direction!: AnomalyDirection;

  @Field(() => Float, {
    description:
      "What is usual. EVALUATIONS and EVENTS: how many there were in the same hour of the last four weeks, on average. RATE: the share of units that did it before, 0 to 1.",
  })
  expected!: number;

  @Field(() => Float, {
    description:
      "What there was. EVALUATIONS and EVENTS: how many, a whole number. RATE: the share of units that did it in the hours since it differs, 0 to 1.",
  })
  observed!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "How likely a count that far off would be by chance, as such counts vary from week to week: 0 to 1. null: a rate, of which the evidence of several hours is gathered instead.",
  })
  pValue!: number | null;
}

const { Connection } = connectionOf("Anomaly", () => AnomalyType);
export const AnomalyConnection = Connection;
export type AnomalyConnection = InstanceType<typeof Connection>;

@ArgsType()
export class AnomaliesArgs extends WherePage {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "The earliest hour to give; absent: 7 days ago. Kept for 400 days.",
  })
  from?: unknown;
}
