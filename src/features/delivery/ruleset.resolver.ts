/** GraphQL operations on rulesets. */
import { Args, ArgsType, Ctx, Field, Query, Resolver, Root, Subscription } from "type-graphql";
import type { Ruleset } from "../../evaluation/index.js";
import { type DeliveryContext, PlaceArgs, sinceOption } from "./delivery.types.js";
import { laterRevision } from "./revision.js";
import { liveRuleset, type LiveRulesetArguments, ruleset, type RulesetUpdate } from "./ruleset.js";
import { RulesetType, RulesetUpdateType } from "./ruleset.types.js";

@ArgsType()
class LiveRulesetArgs extends PlaceArgs {
  @Field(() => String, sinceOption)
  since?: string | null;
}

@Resolver()
export class RulesetResolver {
  @Query(() => RulesetType, {
    description:
      "The definitions of an environment. For SERVER keys and users; it holds segments with their members.",
  })
  ruleset(@Ctx() { tools, caller }: DeliveryContext, @Args(() => PlaceArgs) args: PlaceArgs): Ruleset {
    return ruleset(tools, caller, args);
  }

  @Subscription(() => RulesetUpdateType, {
    name: "ruleset",
    description:
      "The definitions of an environment, live: first all of them, then what changed. For SERVER keys and users.",
    subscribe: ({ args, context }: { args: LiveRulesetArguments; context: DeliveryContext }) =>
      liveRuleset(context.tools, context.caller, {
        ...args,
        since: laterRevision(args.since, context.since),
      }),
  })
  rulesetUpdates(
    @Root() update: RulesetUpdate,
    @Args(() => LiveRulesetArgs) _args: LiveRulesetArgs, // read in `subscribe`
  ): RulesetUpdate {
    return update;
  }
}
