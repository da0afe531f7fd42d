/** GraphQL operations that evaluate: thin, and without I/O. */
import { Args, Ctx, FieldResolver, Float, ID, Query, Resolver, Root, Subscription } from "type-graphql";
import type { DeliveryContext } from "./delivery.types.js";
import {
  evaluate,
  evaluateAll,
  type EvaluateFlag,
  type EvaluateFlags,
  type EvaluationSet,
  explain,
  type ExplainedEvaluation,
  type ExplainFlag,
} from "./evaluate.js";
import { type Evaluation, evaluationId, valueOfType } from "./evaluation.js";
import {
  EvaluateAllArgs,
  EvaluateArgs,
  ExplainArgs,
  LiveEvaluationsArgs,
} from "./evaluation-arguments.types.js";
import {
  EvaluationSetType,
  EvaluationType,
  EvaluationUpdateType,
  ExplanationType,
} from "./evaluation.types.js";
import type { EvaluationUpdate } from "./live-answers.js";
import { liveEvaluations, type LiveEvaluationsArguments } from "./live-evaluations.js";
import { laterRevision } from "./revision.js";

@Resolver(() => EvaluationType)
export class EvaluationResolver {
  @Query(() => EvaluationType, {
    description:
      "The answer of one flag. An unknown flag is no error: it answers with reason ERROR, FLAG_NOT_FOUND and the default.",
  })
  evaluate(
    @Ctx() { tools, caller, requestAttributes }: DeliveryContext,
    @Args(() => EvaluateArgs) args: EvaluateFlag,
  ): Evaluation {
    return evaluate(tools, caller, { ...args, requestAttributes });
  }

  @Query(() => EvaluationSetType, {
    description: "The answers of all flags that the caller may see, or of those selected.",
  })
  evaluateAll(
    @Ctx() { tools, caller, requestAttributes }: DeliveryContext,
    @Args(() => EvaluateAllArgs) args: EvaluateFlags,
  ): EvaluationSet {
    return evaluateAll(tools, caller, { ...args, requestAttributes });
  }

  @Query(() => ExplanationType, { description: "The answer of one flag, step by step. Not for CLIENT keys." })
  explain(
    @Ctx() { tools, caller, requestAttributes }: DeliveryContext,
    @Args(() => ExplainArgs) args: ExplainFlag,
  ): ExplainedEvaluation {
    return explain(tools, caller, { ...args, requestAttributes });
  }

  @Subscription(() => EvaluationUpdateType, {
    description:
      "Live answers: first the current ones, then only those whose value, variant, reason, errorCode or rule changed for this context, " +
      "by a change or by the clock. Silent otherwise. The context is at most 4 KiB of JSON.",
    subscribe: ({ args, context }: { args: LiveEvaluationsArguments; context: DeliveryContext }) => {
      const { tools, caller, requestAttributes } = context;
      const since = laterRevision(args.since, context.since);
      return liveEvaluations(tools, caller, { ...args, requestAttributes, since });
    },
  })
  evaluations(
    @Root() update: EvaluationUpdate,
    @Args(() => LiveEvaluationsArgs) _args: LiveEvaluationsArgs, // read in `subscribe`
  ): EvaluationUpdate {
    return update;
  }

  @FieldResolver(() => ID, {
    description:
      "The same for the same question (project, environment, flag, context, default if it had to be used, moment), " +
      "so that normalised caches update by themselves.",
  })
  id(@Root() evaluation: Evaluation): string {
    return evaluationId(evaluation);
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: "The value of a BOOLEAN flag; null for other types.",
  })
  booleanValue(@Root() evaluation: Evaluation): boolean | null {
    const value = valueOfType(evaluation, "BOOLEAN");
    return typeof value === "boolean" ? value : null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "The value of a STRING flag; null for other types.",
  })
  stringValue(@Root() evaluation: Evaluation): string | null {
    const value = valueOfType(evaluation, "STRING");
    return typeof value === "string" ? value : null;
  }

  @FieldResolver(() => Float, {
    nullable: true,
    description: "The value of a NUMBER flag; null for other types.",
  })
  numberValue(@Root() evaluation: Evaluation): number | null {
    const value = valueOfType(evaluation, "NUMBER");
    return typeof value === "number" ? value : null;
  }
}
