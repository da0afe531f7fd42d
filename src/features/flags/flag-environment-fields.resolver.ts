/** The fields of settings that are worked out or looked up: what is served, whom a rule is for, and what the settings belong to. */
import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { JsonScalar } from "../../platform/graphql/scalars.js";
import { notFound } from "../../platform/problems.js";
import { type Environment, environmentByName, EnvironmentType } from "../environments/index.js";
import { AuditEventType, AuditSubject, type Change, type LedgerTools } from "../ledger/index.js";
import type { RequestContext } from "../permissions/index.js";
import { writeCondition, type WrittenCondition } from "../segments/index.js";
import type { Flag, FlagEnvironment, Gate, Rule } from "./flag.js";
import { FlagEnvironmentType, GateType, RuleType, ServeType } from "./flag-environment.types.js";
import { flagByName, lastChangeOf } from "./flag.loaders.js";
import { legibleRules } from "./legible-rules.js";
import { FlagObjectType } from "./flag.types.js";
import { ownerOf, writeOwner } from "./owned-rules.js";
import { summarizeRule } from "./rule-summary.js";
import { writeServe } from "./serve-input.js";

type Context = RequestContext<LedgerTools>;

@Resolver(() => FlagEnvironmentType)
export class FlagEnvironmentFieldResolver {
  @FieldResolver(() => FlagObjectType, { description: "The flag." })
  async flag(@Root() settings: FlagEnvironment, @Ctx() { loaders }: Context): Promise<Flag> {
    const flag = await loaders.of(flagByName).load({ project: settings.project, key: settings.flag });
    if (flag === null) throw notFound("Flag", settings.flag);
    return flag;
  }

  @FieldResolver(() => EnvironmentType, { description: "The environment." })
  async environment(@Root() settings: FlagEnvironment, @Ctx() { loaders }: Context): Promise<Environment> {
    const environment = await loaders.of(environmentByName).load(settings);
    if (environment === null) throw notFound("Environment", settings.environment);
    return environment;
  }

  @FieldResolver(() => ServeType, {
    description: "What everyone gets whom no target and no rule has decided.",
  })
  fallthrough(@Root() { fallthrough }: FlagEnvironment): ServeType {
    return writeServe(fallthrough);
  }

  @FieldResolver(() => [RuleType], { description: "The rules, in the order in which they are tried." })
  rules(@Root() settings: FlagEnvironment): readonly Rule[] {
    return legibleRules(settings);
  }

  @FieldResolver(() => AuditEventType, {
    nullable: true,
    description: "The newest change of these settings or of the flag's shared part.",
  })
  async lastChange(@Root() settings: FlagEnvironment, @Ctx() { loaders }: Context): Promise<Change | null> {
    const { project, flag: subject, environment } = settings;
    return loaders.of(lastChangeOf).load({ project, subjectType: AuditSubject.FLAG, subject, environment });
  }
}

@Resolver(() => RuleType)
export class RuleResolver {
  @FieldResolver(() => String, {
    description: "The rule in one sentence: whom it is for, when, and what they get.",
  })
  summary(@Root() rule: Rule): string {
    return summarizeRule(rule);
  }

  @FieldResolver(() => JsonScalar, {
    description:
      "Whom it is for: a ConditionInput without its absent members, which can be sent back. `{ all: [] }` means everyone.",
  })
  when(@Root() { when }: Rule): WrittenCondition {
    return when === null ? { all: [] } : writeCondition(when);
  }

  @FieldResolver(() => GateType, {
    nullable: true,
    description: "Lets only a share of them through; null: all of them.",
  })
  gate(@Root() { gate }: Rule): Gate | null {
    return gate;
  }

  @FieldResolver(() => ServeType, { description: "What they get." })
  serve(@Root() { serve }: Rule): ServeType {
    return writeServe(serve);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "What owns this rule and alone changes, moves and removes it: `experiment:KEY` or `rollout:KEY`; null: people do.",
  })
  managedBy(@Root() rule: Rule): string | null {
    const owner = ownerOf(rule);
    return owner === null ? null : writeOwner(owner);
  }
}
