/** GraphQL shapes of results in parts of the people, and of files of results. */
import { Field, Float, Int, ObjectType } from "type-graphql";
import { MetricObjectType } from "../../tracking/index.js";
import { SliceComparisonType } from "./comparison.types.js";
import { ArmResultType } from "./results.types.js";

@ObjectType("ExperimentSliceMetricResult", { description: "What a part of the people shows by one metric." })
export class SliceMetricType {
  @Field(() => MetricObjectType, { description: "The metric." })
  metric!: MetricObjectType;

  @Field(() => [ArmResultType], { description: "The variants, the control first." })
  arms!: readonly ArmResultType[];

  @Field(() => [SliceComparisonType], { description: "Each treatment against the control." })
  comparisons!: readonly SliceComparisonType[];
}

@ObjectType("ExperimentSlice", {
  description: "Those who had one value of an attribute when they were first shown the experiment.",
})
export class SliceType {
  @Field(() => String, { nullable: true, description: "The value; null: they had none." })
  slice!: string | null;

  @Field(() => Float, { description: "How many they are; a whole number." })
  units!: number;

  @Field(() => [SliceMetricType], { description: "Each metric, in the experiment's order." })
  metrics!: readonly SliceMetricType[];
}

@ObjectType("ExperimentSlices", {
  description:
    "The results by the value of an attribute. Exploratory: whoever looks into many parts finds something in one of them by chance, so nothing is decided here.",
})
export class SlicesType {
  @Field(() => String, { description: "Path of the attribute." })
  attribute!: string;

  @Field(() => String, { description: "What has to be said with them, in a sentence." })
  caution!: string;

  @Field(() => [SliceType], { description: "The largest parts, the largest first." })
  slices!: readonly SliceType[];

  @Field(() => Int, { description: "How many smaller parts are left out." })
  omitted!: number;
}

@ObjectType("ExperimentExport", { description: "Results as a file." })
export class ExperimentExportType {
  @Field(() => String, { description: "What to call it: the experiment's key with an ending." })
  fileName!: string;

  @Field(() => String, { description: "Its media type, for a `Content-Type` or a `Blob`." })
  mediaType!: string;

  @Field(() => String, { description: "All of it." })
  content!: string;
}
