/** GraphQL shapes of hours in which flags were evaluated far more or far less often than usual. */
import { ArgsType, Field, Float, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { AnomalyDirection } from "./anomaly.js";
import { WherePage } from "./where.types.js";

registerEnumType(AnomalyDirection, {
  name: "AnomalyDirection",
  description: "In which way an hour was out of the ordinary.",
  valuesConfig: {
    LOW: {
      description:
        "The flag was evaluated far less often than usual: something that asks for it may be broken, or was taken out.",
    },
    HIGH: {
      description:
        "The flag was evaluated far more often than usual: something may ask for it again and again, or has a rush.",
    },
  },
});

@ObjectType("Anomaly", {
  description: "An hour in which a flag was evaluated far more or far less often than usual.",
})
export class AnomalyType {
  @Field(() => DateTimeScalar, { description: "When the hour began." })
  hour!: Date;

  @Field(() => AnomalyDirection, { description: "In which way." })
  direction!: AnomalyDirection;

  @Field(() => Float, {
    description: "How often the flag was evaluated in the same hour of the last four weeks, on average.",
  })
  expected!: number;

  @Field(() => Float, { description: "How often it was evaluated; a whole number." })
  observed!: number;

  @Field(() => Float, {
    description:
      "How likely a count that far off would be by chance, as counts of this flag vary from week to week: 0 to 1.",
  })
  pValue!: number;
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
