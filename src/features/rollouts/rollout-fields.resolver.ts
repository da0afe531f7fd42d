/** The fields that lead from a guarded rollout to other things and say how it stands, and from a flag to its rollout. */
import { Args, Ctx, FieldResolver, Float, Resolver, Root } from "type-graphql";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import { JsonScalar } from "../../platform/graphql/scalars.js";
import { notFound } from "../../platform/problems.js";
import { userById, UserType } from "../accounts/index.js";
import { environmentByName, EnvironmentType } from "../environments/index.js";
import { decisionsOf } from "../experiments/index.js";
import { flagByName, type FlagEnvironment, FlagEnvironmentType, FlagObjectType } from "../flags/index.js";
import { permit } from "../permissions/index.js";
import { writeCondition, type WrittenCondition } from "../segments/index.js";
import { metricByName, MetricObjectType } from "../tracking/index.js";
import { waitsFor } from "./next-move.js";
import { type GuardedRollout, percentIn } from "./rollout.js";
import { liveRolloutOf, lookOfRollout } from "./rollout.loaders.js";
import type { RolloutContext } from "./rollout.resolver.js";
import {
  GuardedRolloutType,
  RolloutDecisionConnection,
  RolloutGuardrailType,
  RolloutUnitsType,
} from "./rollout.types.js";

@Resolver(() => GuardedRolloutType)
export class GuardedRolloutFieldResolver {
  @FieldResolver(() => FlagObjectType, { description: "The flag." })
  async flag(
    @Root() { project, flag }: GuardedRollout,
    @Ctx() { loaders }: RolloutContext,
  ): Promise<FlagObjectType> {
    const found = await loaders.of(flagByName).load({ project, key: flag });
    if (found === null) throw notFound("Flag", flag);
    return found;
  }

  @FieldResolver(() => EnvironmentType, { description: "The environment." })
  async environment(
    @Root() { project, environment }: GuardedRollout,
    @Ctx() { loaders }: RolloutContext,
  ): Promise<EnvironmentType> {
    const found = await loaders.of(environmentByName).load({ project, environment });
    if (found === null) throw notFound("Environment", environment);
    return found;
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: "Who started it; null: an API key or the command line did.",
  })
  async startedBy(
    @Root() { startedBy }: GuardedRollout,
    @Ctx() { loaders }: RolloutContext,
  ): Promise<UserType | null> {
    return startedBy.kind === "USER" && startedBy.id !== null
      ? loaders.of(userById).load(startedBy.id)
      : null;
  }

  @FieldResolver(() => JsonScalar, {
    nullable: true,
    description:
      "Who qualifies: a ConditionInput without its absent members, which can be sent back; null: everybody.",
  })
  audience(@Root() { audience }: GuardedRollout): WrittenCondition | null {
    return audience === null ? null : writeCondition(audience);
  }

  @FieldResolver(() => Float, {
    description: "The variant's share of those who qualify, in percent; when it ended, the last that it had.",
  })
  percent(@Root() rollout: GuardedRollout): number {
    return percentIn(rollout, rollout.step);
  }

  @FieldResolver(() => RolloutUnitsType, { description: "Who was shown what so far. To about five seconds." })
  async units(
    @Root() rollout: GuardedRollout,
    @Ctx() { loaders }: RolloutContext,
  ): Promise<RolloutUnitsType> {
    return (await loaders.of(lookOfRollout).load(rollout)).units;
  }

  @FieldResolver(() => [RolloutGuardrailType], {
    description: "The metrics that must not get worse, and how they stand. To about five seconds.",
  })
  async guardrails(
    @Root() rollout: GuardedRollout,
    @Ctx() { loaders }: RolloutContext,
  ): Promise<RolloutGuardrailType[]> {
    const { guardrails } = await loaders.of(lookOfRollout).load(rollout);
    return guardrails.map((look) => {
      const margin = rollout.guardrails.find(({ metric }) => metric === look.metric)?.margin ?? null;
      return { ...look, project: rollout.project, key: look.metric, margin };
    });
  }

  @FieldResolver(() => [String], {
    description:
      "What the next step waits for, each in a sentence; empty when it is taken within seconds, and when the rollout has ended.",
  })
  async waitsFor(
    @Root() rollout: GuardedRollout,
    @Ctx() { tools, loaders }: RolloutContext,
  ): Promise<string[]> {
    if (rollout.endedAt !== null) return [];
    return waitsFor(rollout, await loaders.of(lookOfRollout).load(rollout), new Date(tools.now()));
  }

  @FieldResolver(() => RolloutDecisionConnection, {
    description: "What Halyard did to it by itself, and why, the newest first.",
  })
  async decisions(
    @Root() { id }: GuardedRollout,
    @Ctx() { tools }: RolloutContext,
    @Args(() => ForwardPage) page: ForwardPage,
  ): Promise<RolloutDecisionConnection> {
    return new RolloutDecisionConnection(await decisionsOf(tools, id, page));
  }
}

@Resolver(() => RolloutGuardrailType)
export class RolloutGuardrailResolver {
  @FieldResolver(() => MetricObjectType, { description: "The metric." })
  async metric(
    @Root() { project, key }: RolloutGuardrailType,
    @Ctx() { loaders }: RolloutContext,
  ): Promise<MetricObjectType> {
    const found = await loaders.of(metricByName).load({ project, key });
    if (found === null) throw notFound("Metric", key);
    return found;
  }
}

@Resolver(() => FlagEnvironmentType)
export class FlagEnvironmentRolloutResolver {
  @FieldResolver(() => GuardedRolloutType, {
    nullable: true,
    description: "The guarded rollout that is live here; null: there is none.",
  })
  async guardedRollout(
    @Root() { project, flag, environment }: FlagEnvironment,
    @Ctx() { caller, loaders }: RolloutContext,
  ): Promise<GuardedRollout | null> {
    permit(caller, "rollout:read", { project });
    return loaders.of(liveRolloutOf).load({ project, flag, environment });
  }
}
