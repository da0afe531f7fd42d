/** GraphQL arguments of evaluation. */
import { ArgsType, Field } from "type-graphql";
import { DateTimeScalar, JsonScalar } from "../../platform/graphql/scalars.js";
import { PlaceArgs, sinceOption } from "./delivery.types.js";
import { EvaluationContextInput } from "./evaluation.types.js";

@ArgsType()
class ContextArgs extends PlaceArgs {
  @Field(() => EvaluationContextInput, { description: "Whom or what the answer is for." })
  context!: EvaluationContextInput;
}

@ArgsType()
class FlagArgs extends ContextArgs {
  @Field(() => String, { description: "Key of the flag." })
  flagKey!: string;
}

@ArgsType()
export class EvaluateArgs extends FlagArgs {
  @Field(() => JsonScalar, {
    nullable: true,
    description:
      "The value to answer when the flag gives none: when it is unknown, wrong, or off without an off variant.",
  })
  defaultValue?: unknown;

  @Field(() => Boolean, {
    defaultValue: true,
    description:
      "Whether the answer is shown to whom it is for: then they take part in the experiment that chose it. Counts for API keys.",
  })
  recordExposure!: boolean;
}

@ArgsType()
export class ExplainArgs extends FlagArgs {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "Moves the clock, over today's definitions: what would the answer be then?",
  })
  at?: unknown;
}

@ArgsType()
export class EvaluateAllArgs extends ContextArgs {
  @Field(() => [String], {
    nullable: true,
    description: "Only these flags, at most 1000, in this order; absent: all.",
  })
  flagKeys?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: "Only flags that carry all of these tags, at most 100.",
  })
  tags?: string[] | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      "Whether all these answers are shown to whom they are for: then they take part in the experiments that chose them. Counts for API keys.",
  })
  recordExposures!: boolean;
}

@ArgsType()
export class LiveEvaluationsArgs extends EvaluateAllArgs {
  @Field(() => String, sinceOption)
  since?: string | null;
}
