/** GraphQL operations on holdouts. */
import { Arg, Args, Ctx, FieldResolver, Float, Mutation, Query, Resolver, Root } from "type-graphql";
import { weightToPercent } from "../../../evaluation/index.js";
import { notFound, nullIfNotFound } from "../../../platform/problems.js";
import { type Environment, environmentByName, EnvironmentType } from "../../environments/index.js";
import type { LedgerTools } from "../../ledger/index.js";
import type { RequestContext } from "../../permissions/index.js";
import { createHoldout } from "./create-holdout.js";
import { deleteHoldout } from "./delete-holdout.js";
import type { Holdout } from "./holdout.js";
import { findHoldout, listHoldouts } from "./holdout.queries.js";
import {
  CreateHoldoutInput,
  HoldoutArguments,
  HoldoutConnection,
  HoldoutRefInput,
  HoldoutsArguments,
  HoldoutType,
  UpdateHoldoutInput,
} from "./holdout.types.js";
import { updateHoldout } from "./update-holdout.js";

type Context = RequestContext<LedgerTools>;

const needsRole = "Needs the role DEVELOPER, in a protected environment MANAGER.";

@Resolver(() => HoldoutType)
export class HoldoutResolver {
  @Query(() => HoldoutType, {
    nullable: true,
    description: "One holdout; null when it does not exist or the caller may not see it.",
  })
  async holdout(
    @Ctx() { tools, caller }: Context,
    @Args(() => HoldoutArguments) { key, environment, project }: HoldoutArguments,
  ): Promise<Holdout | null> {
    const found = nullIfNotFound(findHoldout(tools, caller, { holdout: key, environment, project }));
    return (await found)?.holdout ?? null;
  }

  @Query(() => HoldoutConnection, { description: "The holdouts of an environment, by key." })
  async holdouts(
    @Ctx() { tools, caller }: Context,
    @Args(() => HoldoutsArguments) query: HoldoutsArguments,
  ): Promise<HoldoutConnection> {
    return new HoldoutConnection(await listHoldouts(tools, caller, query));
  }

  @Mutation(() => HoldoutType, {
    description: `Creates a holdout. Experiments that are started from then on leave alone whom it holds out; those under way go on with whom they have. ${needsRole}`,
  })
  async createHoldout(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CreateHoldoutInput, { description: "The new holdout." }) input: CreateHoldoutInput,
  ): Promise<Holdout> {
    return createHoldout(tools, caller, input);
  }

  @Mutation(() => HoldoutType, {
    description: `Changes a holdout, for experiments that are started from then on. More percent hold out more people besides those who were held out. ${needsRole}`,
  })
  async updateHoldout(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateHoldoutInput, { description: "The change." }) input: UpdateHoldoutInput,
  ): Promise<Holdout> {
    return updateHoldout(tools, caller, input);
  }

  @Mutation(() => HoldoutType, {
    description: `Deletes a holdout, and gives it as it was. Experiments under way go on leaving alone whom it held out. ${needsRole}`,
  })
  async deleteHoldout(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => HoldoutRefInput, { description: "Which holdout." }) input: HoldoutRefInput,
  ): Promise<Holdout> {
    return deleteHoldout(tools, caller, input);
  }

  @FieldResolver(() => Float, { description: "Which share of everybody is held out." })
  percent(@Root() { weight }: Holdout): number {
    return weightToPercent(weight);
  }

  @FieldResolver(() => EnvironmentType, { description: "The environment whose experiments it is about." })
  async environment(@Root() holdout: Holdout, @Ctx() { loaders }: Context): Promise<Environment> {
    const environment = await loaders.of(environmentByName).load(holdout);
    if (environment === null) throw notFound("Environment", holdout.environment);
    return environment;
  }
}
