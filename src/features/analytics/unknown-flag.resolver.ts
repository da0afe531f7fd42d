/** The query `unknownFlags`. */
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { notFound } from "../../platform/problems.js";
import { environmentByName, EnvironmentType } from "../environments/index.js";
import type { RequestContext } from "../permissions/index.js";
import type { AnalyticsQueryTools } from "./analytics.queries.js";
import type { UnknownFlag } from "./unknown-flag.js";
import { unknownFlags } from "./unknown-flag.queries.js";
import { UnknownFlagConnection, UnknownFlagType } from "./unknown-flag.types.js";
import { WherePage } from "./where.types.js";

type Context = RequestContext<AnalyticsQueryTools>;

@Resolver(() => UnknownFlagType)
export class UnknownFlagResolver {
  @Query(() => UnknownFlagConnection, {
    description:
      "Keys that API keys ask for and get no flag by, and which of them do; by key, at most 1 000 an API key. Forgotten after 90 days without a question, and left out once there is such a flag. Needs the role VIEWER.",
  })
  async unknownFlags(
    @Ctx() { tools, caller }: Context,
    @Args(() => WherePage) args: WherePage,
  ): Promise<UnknownFlagConnection> {
    return new UnknownFlagConnection(await unknownFlags(tools, caller, args));
  }

  @FieldResolver(() => EnvironmentType, { description: "Where it is asked for." })
  async environment(
    @Root() { project, environment }: UnknownFlag,
    @Ctx() { loaders }: Context,
  ): Promise<EnvironmentType> {
    const found = await loaders.of(environmentByName).load({ project, environment });
    if (found === null) throw notFound("Environment", environment);
    return found;
  }
}
