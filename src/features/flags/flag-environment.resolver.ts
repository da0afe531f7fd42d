/** GraphQL operations on a flag's settings in one environment, and the fields that lead from them. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { AuditEventType, type Change } from "../ledger/index.js";
import type { RequestContext } from "../permissions/index.js";
import { addRule } from "./add-rule.js";
import { copyFlagEnvironment } from "./copy-flag-environment.js";
import type { FlagEnvironment } from "./flag.js";
import {
  AddRuleInput,
  CopyFlagEnvironmentInput,
  ReorderRulesInput,
  RevertChangeInput,
  RuleRefInput,
  SetFallthroughInput,
  SetFlagEnabledInput,
  SetPrerequisitesInput,
  SetRolloutInput,
  SetTargetsInput,
  UpdateFlagEnvironmentInput,
  UpdateRuleInput,
} from "./flag-environment-input.types.js";
import { FlagEnvironmentType } from "./flag-environment.types.js";
import { removeRule } from "./remove-rule.js";
import { reorderRules } from "./reorder-rules.js";
import { revertChange, type RevertTools } from "./revert-change.js";
import { setFallthrough } from "./set-fallthrough.js";
import { setFlagEnabled } from "./set-flag-enabled.js";
import { setPrerequisites } from "./set-prerequisites.js";
import { setRollout } from "./set-rollout.js";
import { setTargets } from "./set-targets.js";
import { updateFlagEnvironment } from "./update-flag-environment.js";
import { updateRule } from "./update-rule.js";

type Context = RequestContext<RevertTools>;

@Resolver(() => FlagEnvironmentType)
export class FlagEnvironmentResolver {
  @Mutation(() => FlagEnvironmentType, {
    description:
      "Switches a flag on or off in one environment. Needs the role DEVELOPER, in a protected environment MANAGER.",
  })
  async setFlagEnabled(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => SetFlagEnabledInput, {
      description: "Which flag, where, and whether it is to be on.",
    })
    input: SetFlagEnabledInput,
  ): Promise<FlagEnvironment> {
    return setFlagEnabled(tools, caller, input);
  }

  @Mutation(() => FlagEnvironmentType, {
    description:
      "Serves a variant to a share of everyone whom no target and no rule has decided, and another to the rest. Touches nothing else. Needs the role DEVELOPER, in a protected environment MANAGER.",
  })
  async setRollout(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => SetRolloutInput, { description: "Which flag, where, and the share." })
    input: SetRolloutInput,
  ): Promise<FlagEnvironment> {
    return setRollout(tools, caller, input);
  }

  @Mutation(() => FlagEnvironmentType, {
    description:
      "Sets what everyone gets whom no target and no rule has decided. Needs the role DEVELOPER, in a protected environment MANAGER.",
  })
  async setFallthrough(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => SetFallthroughInput, { description: "Which flag, where, and what to serve." })
    input: SetFallthroughInput,
  ): Promise<FlagEnvironment> {
    return setFallthrough(tools, caller, input);
  }

  @Mutation(() => FlagEnvironmentType, {
    description:
      "Replaces the lists of values that get a variant ahead of all rules. Needs the role DEVELOPER, in a protected environment MANAGER.",
  })
  async setTargets(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => SetTargetsInput, { description: "Which flag, where, and the targets." })
    input: SetTargetsInput,
  ): Promise<FlagEnvironment> {
    return setTargets(tools, caller, input);
  }

  @Mutation(() => FlagEnvironmentType, {
    description:
      "Replaces the other flags that must serve certain variants first. A circle is refused with its path. Needs the role DEVELOPER, in a protected environment MANAGER.",
  })
  async setPrerequisites(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => SetPrerequisitesInput, { description: "Which flag, where, and the prerequisites." })
    input: SetPrerequisitesInput,
  ): Promise<FlagEnvironment> {
    return setPrerequisites(tools, caller, input);
  }

  @Mutation(() => FlagEnvironmentType, {
    description: "Adds a targeting rule. Needs the role DEVELOPER, in a protected environment MANAGER.",
  })
  async addRule(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => AddRuleInput, { description: "Which flag, where, and the rule." })
    input: AddRuleInput,
  ): Promise<FlagEnvironment> {
    return addRule(tools, caller, input);
  }

  @Mutation(() => FlagEnvironmentType, {
    description: "Changes a targeting rule. Needs the role DEVELOPER, in a protected environment MANAGER.",
  })
  async updateRule(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateRuleInput, { description: "Which rule, and what is to be different." })
    input: UpdateRuleInput,
  ): Promise<FlagEnvironment> {
    return updateRule(tools, caller, input);
  }

  @Mutation(() => FlagEnvironmentType, {
    description: "Removes a targeting rule. Needs the role DEVELOPER, in a protected environment MANAGER.",
  })
  async removeRule(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => RuleRefInput, { description: "Which rule." })
    input: RuleRefInput,
  ): Promise<FlagEnvironment> {
    return removeRule(tools, caller, input);
  }

  @Mutation(() => FlagEnvironmentType, {
    description:
      "Puts the targeting rules into another order. Needs the role DEVELOPER, in a protected environment MANAGER.",
  })
  async reorderRules(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ReorderRulesInput, { description: "Which flag, where, and the order." })
    input: ReorderRulesInput,
  ): Promise<FlagEnvironment> {
    return reorderRules(tools, caller, input);
  }

  @Mutation(() => FlagEnvironmentType, {
    description:
      "Changes several settings of a flag in one environment: all of them or, after a mistake, none. Needs the role DEVELOPER, in a protected environment MANAGER.",
  })
  async updateFlagEnvironment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateFlagEnvironmentInput, {
      description: "Which flag, where, and what is to be different.",
    })
    input: UpdateFlagEnvironmentInput,
  ): Promise<FlagEnvironment> {
    return updateFlagEnvironment(tools, caller, input);
  }

  @Mutation(() => FlagEnvironmentType, {
    description:
      "Promotes a flag: its settings in one environment, whether it is enabled included, become those in another. Ids and seeds are kept, so nobody changes bucket. Rules that an experiment or a guarded rollout owns stay where they are. Needs the role DEVELOPER, in a protected environment MANAGER.",
  })
  async copyFlagEnvironment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CopyFlagEnvironmentInput, { description: "Which flag, from where and to where." })
    input: CopyFlagEnvironmentInput,
  ): Promise<FlagEnvironment> {
    return copyFlagEnvironment(tools, caller, input);
  }

  @Mutation(() => AuditEventType, {
    description:
      "Takes one change back: restores what it altered and touches nothing else. CONFLICT if something later altered that again. Gives the new change, which can be reverted in turn. Needs the rights of what it writes.",
  })
  async revertChange(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => RevertChangeInput, { description: "Which change." }) input: RevertChangeInput,
  ): Promise<Change> {
    return revertChange(tools, caller, input);
  }
}
