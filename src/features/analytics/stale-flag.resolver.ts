/** The query `staleFlags`. */
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { notFound } from "../../platform/problems.js";
import { environmentByName, EnvironmentType } from "../environments/index.js";
import { flagByName, FlagObjectType } from "../flags/index.js";
import type { RequestContext } from "../permissions/index.js";
import type { StaleFlag } from "./stale-flag.js";
import { staleFlags, type StaleFlagTools } from "./stale-flag.queries.js";
import { StaleFlagConnection, StaleFlagsArgs, StaleFlagType } from "./stale-flag.types.js";

type Context = RequestContext<StaleFlagTools>;

@Resolver(() => StaleFlagType)
export class StaleFlagResolver {
  @Query(() => StaleFlagConnection, {
    description:
      "Flags that have outlived their use, with the reason and what to do about it: each environment by itself, by key, archived flags left out. " +
      "Where an experiment or a guarded rollout has the flag under way, it is in use. Answers to those who ask for all flags at once count as use. Needs the role VIEWER.",
  })
  async staleFlags(
    @Ctx() { tools, caller }: Context,
    @Args(() => StaleFlagsArgs) args: StaleFlagsArgs,
  ): Promise<StaleFlagConnection> {
    return new StaleFlagConnection(await staleFlags(tools, caller, args));
  }

  @FieldResolver(() => FlagObjectType, { description: "The flag." })
  async flag(@Root() { project, flag }: StaleFlag, @Ctx() { loaders }: Context): Promise<FlagObjectType> {
    const found = await loaders.of(flagByName).load({ project, key: flag });
    if (found === null) throw notFound("Flag", flag);
    return found;
  }

  @FieldResolver(() => EnvironmentType, { description: "The environment." })
  async environment(
    @Root() { project, environment }: StaleFlag,
    @Ctx() { loaders }: Context,
  ): Promise<EnvironmentType> {
    const found = await loaders.of(environmentByName).load({ project, environment });
    if (found === null) throw notFound("Environment", environment);
    return found;
  }
}
