/** GraphQL shapes of metrics. */
import { ArgsType, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { connectionOf, ForwardPage } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { MetricDirection, MetricType } from "./metric.js";
import { maxDecimals, maxUnitLength, maxWindowHours } from "./metric-input.js";

registerEnumType(MetricType, {
  name: "MetricType",
  description:
    "How the events of one person (or whatever an experiment tells apart) become a number. Everybody who was shown a variant counts, those without events with 0.",
  valuesConfig: {
    CONVERSION: {
      description:
        "Whether somebody did it at all: 1 with one event or more, else 0. Values are not looked at. Example `signed-up`: of 1 000 people 120 signed up, three of them twice; that is 12 %.",
    },
    COUNT: {
      description:
        "How often somebody did it: the number of events. Values are not looked at. Example `article-read`: 1 000 people read 2 500 articles; that is 2.5 a person.",
    },
    SUM: {
      description:
        "The sum of the values of somebody's events. Example `revenue`, tracked at each order: 1 000 people, of whom 60 bought something, paid 3 240.00 EUR; that is 3.24 EUR a person.",
    },
    MEAN: {
      description:
        "The mean of the values of all events, however they are spread over people; who has none does not count. Example `page-load-time`: 8 000 pages took 3 200 000 ms; that is 400 ms a page.",
    },
    RATIO: {
      description:
        "One metric divided by another: what all did of the numerator by what all did of the denominator. Has no events of its own. Example `order-value`, made of `revenue` and `orders`: 3 240.00 EUR in 80 orders; that is 40.50 EUR an order.",
    },
  },
});

registerEnumType(MetricDirection, {
  name: "MetricDirection",
  description: "Which way of a metric is the better one.",
  valuesConfig: {
    INCREASE: { description: "More is better: sign-ups, revenue." },
    DECREASE: { description: "Less is better: errors, waiting, cancellations." },
  },
});

const manual = {
  description: "What is measured, for people: which event, sent when, and what is in its value.",
  window:
    "For how many hours after somebody was first shown a variant their events count; null: as long as the experiment runs. " +
    "72 with a metric `bought` asks who bought within three days.",
  cap:
    "COUNT, SUM and the numerator of a RATIO: what one person counts for at most, in the same measure as the values; null: whatever they have. " +
    "It keeps a few giants from hiding what all others do: with a cap of 50 000, whoever spent 2 000 000 counts for 50 000.",
  unit: "What values are counted in, as it is shown beside numbers: `EUR`, `ms`, `articles`.",
  decimals:
    "SUM and MEAN: by how many places the decimal point of values is moved to the left where they are shown. Money is best tracked in its smallest part, which adds up exactly: with the unit EUR and 2 decimals, 1299 is 12.99 EUR.",
  numerator: "What stands above the line.",
  denominator: "What stands below the line.",
} as const;

@ObjectType("Metric", {
  description:
    "Something to compare the variants of an experiment by: what people do, as one number for each of them. Programs send an event with the metric's key whenever it happens; " +
    "those who were shown a variant are found by what the experiment tells people apart by, and what they did from then on counts. " +
    "Example: a metric `revenue` of the type SUM, the unit EUR and 2 decimals; at each order the shop tracks an event `revenue` with the value 1299.",
})
export class MetricObjectType {
  @Field(() => ID, { description: "Identifies the metric for caches." })
  id!: string;

  @Field(() => String, {
    description: "Names the metric in events and arguments; unique in its project without regard to case.",
  })
  key!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => String, { nullable: true, description: manual.description })
  description!: string | null;

  @Field(() => MetricType, { description: "How events become a number." })
  type!: MetricType;

  @Field(() => MetricDirection, { description: "Which way is better." })
  direction!: MetricDirection;

  @Field(() => Int, { name: "attributionWindowHours", nullable: true, description: manual.window })
  windowHours!: number | null;

  @Field(() => Float, { nullable: true, description: manual.cap })
  cap!: number | null;

  @Field(() => String, { nullable: true, description: manual.unit })
  unit!: string | null;

  @Field(() => Int, { description: manual.decimals })
  decimals!: number;

  @Field(() => Boolean, {
    description:
      "Whether it is archived: nothing new can be measured by it, and it cannot be changed until it is restored.",
  })
  archived!: boolean;

  @Field(() => Int, { description: "Rises with every change; send it as `expectedVersion`." })
  version!: number;

  @Field(() => DateTimeScalar, { description: "When the metric was created." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: "When the metric last changed." })
  updatedAt!: Date;
}

const { Connection } = connectionOf<MetricObjectType>("Metric", () => MetricObjectType);
export const MetricConnection = Connection;
export type MetricConnection = InstanceType<typeof Connection>;

const projectDescription = "Key of the project; the API key's own or `default` when absent.";
const expectedVersion = "The version that the change builds on; another current version is a CONFLICT.";

@ArgsType()
export class MetricsArguments extends ForwardPage {
  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Looked for in keys, names and descriptions, in upper or lower case.",
  })
  search?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Whether archived: false gives the metrics in use, true the archived ones, null both.",
  })
  archived?: boolean | null;
}

@InputType({ description: "A new metric." })
export class CreateMetricInput extends ChangeInput {
  @Field(() => String, {
    description:
      "What events are tracked by: 1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit; unique in the project without regard to case. " +
      "Events of this key that were tracked before the metric was there, at most 24 hours ago, are counted too.",
  })
  key!: string;

  @Field(() => MetricType, { description: "How events become a number." })
  type!: MetricType;

  @Field(() => String, { nullable: true, description: "Name for people; the key when absent." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: manual.description })
  description?: string | null;

  @Field(() => MetricDirection, { nullable: true, description: "Which way is better; INCREASE when absent." })
  direction?: MetricDirection | null;

  @Field(() => Int, { nullable: true, description: `${manual.window} At most ${maxWindowHours}.` })
  attributionWindowHours?: number | null;

  @Field(() => Float, { nullable: true, description: `${manual.cap} Above 0, with at most six decimals.` })
  cap?: number | null;

  @Field(() => String, { nullable: true, description: `${manual.unit} At most ${maxUnitLength} characters.` })
  unit?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `${manual.decimals} 0 to ${maxDecimals}; 0 when absent.`,
  })
  decimals?: number | null;

  @Field(() => String, {
    nullable: true,
    description: `RATIO: key of a metric of the type CONVERSION, COUNT or SUM. ${manual.numerator}`,
  })
  numerator?: string | null;

  @Field(() => String, {
    nullable: true,
    description: `RATIO: key of another metric of the type CONVERSION, COUNT or SUM. ${manual.denominator}`,
  })
  denominator?: string | null;

  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;
}

@InputType({ description: "Names a metric." })
export class MetricRefInput extends ChangeInput {
  @Field(() => String, { description: "Key of the metric." })
  metric!: string;

  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;

  @Field(() => Int, { nullable: true, description: expectedVersion })
  expectedVersion?: number | null;
}

const settled = "Cannot change once events of the metric were tracked, or something was measured by it.";
const runsOn = "What runs goes on with what it began with.";

@InputType({
  description:
    "A change of a metric. What is absent stays as it is. What a number means stays too once there are numbers: another meaning is another metric.",
})
export class UpdateMetricInput extends MetricRefInput {
  @Field(() => MetricType, { nullable: true, description: `How events become a number. ${settled}` })
  type?: MetricType | null;

  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: `${manual.description} null clears it.` })
  description?: string | null;

  @Field(() => MetricDirection, {
    nullable: true,
    description: "Which way is better. Cannot change once something was measured by the metric.",
  })
  direction?: MetricDirection | null;

  @Field(() => Int, {
    nullable: true,
    description: `${manual.window} At most ${maxWindowHours}. ${runsOn}`,
  })
  attributionWindowHours?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: `${manual.cap} Above 0, with at most six decimals. ${runsOn}`,
  })
  cap?: number | null;

  @Field(() => String, {
    nullable: true,
    description: `${manual.unit} At most ${maxUnitLength} characters; null clears it.`,
  })
  unit?: string | null;

  @Field(() => Int, { nullable: true, description: `${manual.decimals} 0 to ${maxDecimals}. ${settled}` })
  decimals?: number | null;

  @Field(() => String, {
    nullable: true,
    description: `RATIO: key of a metric of the type CONVERSION, COUNT or SUM. ${settled}`,
  })
  numerator?: string | null;

  @Field(() => String, {
    nullable: true,
    description: `RATIO: key of another metric of the type CONVERSION, COUNT or SUM. ${settled}`,
  })
  denominator?: string | null;
}
