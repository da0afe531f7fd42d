/** The query `flagAnalytics`, and the fields of flags that say how much they are used. */
import { Arg, Args, Ctx, FieldResolver, Float, Int, Query, Resolver, Root } from "type-graphql";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { type Flag, type FlagEnvironment, FlagEnvironmentType, FlagObjectType } from "../flags/index.js";
import { permit, type RequestContext } from "../permissions/index.js";
import { evaluationCounts, lastEvaluationsOf } from "./analytics.loaders.js";
import { type AnalyticsQueryTools, readDays } from "./analytics.queries.js";
import { flagAnalytics } from "./flag-analytics.queries.js";
import { FlagAnalyticsArgs, FlagAnalyticsType } from "./flag-analytics.types.js";

type Context = RequestContext<AnalyticsQueryTools>;

const neverDescription = "null: never in the last 400 days. To about five seconds.";

@Resolver()
export class FlagAnalyticsResolver {
  @Query(() => FlagAnalyticsType, {
    description: "How often a flag was evaluated over time, by variant and reason. Needs the role VIEWER.",
  })
  async flagAnalytics(
    @Ctx() { tools, caller }: Context,
    @Args(() => FlagAnalyticsArgs) args: FlagAnalyticsArgs,
  ): Promise<FlagAnalyticsType> {
    return flagAnalytics(tools, caller, args);
  }
}

@Resolver(() => FlagObjectType)
export class FlagUseResolver {
  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: `When the flag was last evaluated in any environment; ${neverDescription}`,
  })
  async lastEvaluatedAt(
    @Root() { project, key }: Flag,
    @Ctx() { caller, loaders }: Context,
  ): Promise<Date | null> {
    permit(caller, "analytics:read", { project });
    const last = await loaders.of(lastEvaluationsOf).load({ project, key });
    return last.length === 0 ? null : new Date(Math.max(...last.map(({ lastAt }) => lastAt)));
  }
}

@Resolver(() => FlagEnvironmentType)
export class FlagEnvironmentUseResolver {
  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: `When the flag was last evaluated here; ${neverDescription}`,
  })
  async lastEvaluatedAt(
    @Root() { project, flag, environment }: FlagEnvironment,
    @Ctx() { caller, loaders }: Context,
  ): Promise<Date | null> {
    permit(caller, "analytics:read", { project });
    const all = await loaders.of(lastEvaluationsOf).load({ project, key: flag });
    const last = all.find((one) => one.environment === environment);
    return last === undefined ? null : new Date(last.lastAt);
  }

  @FieldResolver(() => Float, {
    description:
      "How often the flag was evaluated here in the last days; a whole number. To about five seconds.",
  })
  async evaluationCount(
    @Root() { project, flag, environment }: FlagEnvironment,
    @Ctx() { caller, loaders }: Context,
    @Arg("days", () => Int, { defaultValue: 30, description: "How many days back, 1 to 400." }) days: number,
  ): Promise<number> {
    permit(caller, "analytics:read", { project });
    return loaders.of(evaluationCounts).load({ project, flag, environment, days: readDays("days", days) });
  }
}
