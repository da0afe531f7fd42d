/** GraphQL operations on guarded rollouts. */
import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { nullIfNotFound } from "../../platform/problems.js";
import type { RequestContext } from "../permissions/index.js";
import { abortGuardedRollout } from "./abort-guarded-rollout.js";
import { approveStep } from "./approve-step.js";
import type { RolloutTools } from "./change-rollout.js";
import { pauseGuardedRollout, resumeGuardedRollout } from "./pause-guarded-rollout.js";
import { findRollout, listRollouts } from "./rollout.queries.js";
import type { GuardedRollout } from "./rollout.js";
import {
  ApproveStepInput,
  GuardedRolloutRefInput,
  GuardedRolloutsArguments,
  StartGuardedRolloutInput,
} from "./rollout-input.types.js";
import { GuardedRolloutConnection, GuardedRolloutType } from "./rollout.types.js";
import { startGuardedRollout } from "./start-guarded-rollout.js";

/** What resolvers of rollouts are given. */
export type RolloutContext = RequestContext<RolloutTools>;

const runs = "Needs the role DEVELOPER, in a protected environment MANAGER.";

@Resolver(() => GuardedRolloutType)
export class GuardedRolloutResolver {
  @Query(() => GuardedRolloutType, {
    nullable: true,
    description: "One guarded rollout; null when it does not exist or the caller may not see it.",
  })
  async guardedRollout(
    @Ctx() { tools, caller }: RolloutContext,
    @Arg("id", () => ID, { description: "Id of the rollout." }) id: string,
  ): Promise<GuardedRollout | null> {
    return nullIfNotFound(findRollout(tools, caller, id));
  }

  @Query(() => GuardedRolloutConnection, {
    description: "The guarded rollouts of a project, those that have ended too, the newest first.",
  })
  async guardedRollouts(
    @Ctx() { tools, caller }: RolloutContext,
    @Args(() => GuardedRolloutsArguments) query: GuardedRolloutsArguments,
  ): Promise<GuardedRolloutConnection> {
    return new GuardedRolloutConnection(await listRollouts(tools, caller, query));
  }

  @Mutation(() => GuardedRolloutType, {
    description:
      "Begins to serve a variant to more and more people, as long as nothing gets worse. " +
      "If the flag is off it may be started all the same, and begins to count when the flag is switched on; a fallthrough that would serve the variant is set to the baseline then, to which a rollback leads. " +
      "CONFLICT where another rollout or an experiment is under way on the flag there, and where everybody has the variant already. " +
      runs,
  })
  async startGuardedRollout(
    @Ctx() { tools, caller }: RolloutContext,
    @Arg("input", () => StartGuardedRolloutInput, { description: "The new rollout." })
    input: StartGuardedRolloutInput,
  ): Promise<GuardedRollout> {
    return startGuardedRollout(tools, caller, input);
  }

  @Mutation(() => GuardedRolloutType, {
    description:
      "Keeps a guarded rollout at its share until it is resumed: everybody keeps what they get, and it is still rolled back if something gets worse. Needs no `expectedVersion` in any environment. " +
      runs,
  })
  async pauseGuardedRollout(
    @Ctx() { tools, caller }: RolloutContext,
    @Arg("input", () => GuardedRolloutRefInput, { description: "Which rollout." })
    input: GuardedRolloutRefInput,
  ): Promise<GuardedRollout> {
    return pauseGuardedRollout(tools, caller, input);
  }

  @Mutation(() => GuardedRolloutType, {
    description: `Lets a paused guarded rollout go on; the hours of its step begin anew. ${runs}`,
  })
  async resumeGuardedRollout(
    @Ctx() { tools, caller }: RolloutContext,
    @Arg("input", () => GuardedRolloutRefInput, { description: "Which rollout." })
    input: GuardedRolloutRefInput,
  ): Promise<GuardedRollout> {
    return resumeGuardedRollout(tools, caller, input);
  }

  @Mutation(() => GuardedRolloutType, {
    description:
      "Approves that a guarded rollout takes its next step, which it does within seconds once everything else of the hold is met. " +
      "Needs the role MANAGER; in a protected environment it must be somebody else than who started the rollout.",
  })
  async approveStep(
    @Ctx() { tools, caller }: RolloutContext,
    @Arg("input", () => ApproveStepInput, { description: "Which rollout, and which step." })
    input: ApproveStepInput,
  ): Promise<GuardedRollout> {
    return approveStep(tools, caller, input);
  }

  @Mutation(() => GuardedRolloutType, {
    description:
      "Ends a guarded rollout: its rule is taken out of the flag, which answers as it did before; a fallthrough that was set to the variant meanwhile becomes the baseline. Needs no `expectedVersion` in any environment. " +
      runs,
  })
  async abortGuardedRollout(
    @Ctx() { tools, caller }: RolloutContext,
    @Arg("input", () => GuardedRolloutRefInput, { description: "Which rollout." })
    input: GuardedRolloutRefInput,
  ): Promise<GuardedRollout> {
    return abortGuardedRollout(tools, caller, input);
  }
}
