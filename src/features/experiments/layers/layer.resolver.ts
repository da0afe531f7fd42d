/** GraphQL operations on layers. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { nullIfNotFound } from "../../../platform/problems.js";
import type { LedgerTools } from "../../ledger/index.js";
import type { RequestContext } from "../../permissions/index.js";
import { createLayer } from "./create-layer.js";
import { deleteLayer } from "./delete-layer.js";
import type { Experiment } from "../experiment.js";
import { experimentsOfLayer } from "../experiment.loaders.js";
import { projectDescription } from "../experiment-manual.js";
import { ExperimentObjectType } from "../experiment.types.js";
import type { Layer } from "./layer.js";
import { findLayer, listLayers } from "./layer.queries.js";
import {
  CreateLayerInput,
  LayerConnection,
  LayerRefInput,
  LayersArguments,
  LayerType,
  UpdateLayerInput,
} from "./layer.types.js";
import { updateLayer } from "./update-layer.js";

type Context = RequestContext<LedgerTools>;

@Resolver(() => LayerType)
export class LayerResolver {
  @Query(() => LayerType, {
    nullable: true,
    description: "One layer; null when it does not exist or the caller may not see it.",
  })
  async layer(
    @Ctx() { tools, caller }: Context,
    @Arg("key", () => String, { description: "Key of the layer." }) key: string,
    @Arg("project", () => String, { nullable: true, description: projectDescription })
    project?: string | null,
  ): Promise<Layer | null> {
    return nullIfNotFound(findLayer(tools, caller, project, key));
  }

  @Query(() => LayerConnection, { description: "The layers of a project, by key." })
  async layers(
    @Ctx() { tools, caller }: Context,
    @Args(() => LayersArguments) query: LayersArguments,
  ): Promise<LayerConnection> {
    return new LayerConnection(await listLayers(tools, caller, query));
  }

  @Mutation(() => LayerType, { description: "Creates a layer. Needs the role DEVELOPER." })
  async createLayer(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CreateLayerInput, { description: "The new layer." }) input: CreateLayerInput,
  ): Promise<Layer> {
    return createLayer(tools, caller, input);
  }

  @Mutation(() => LayerType, {
    description:
      "Changes a layer. CONFLICT for the attribute of a layer that experiments name. Needs the role DEVELOPER.",
  })
  async updateLayer(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateLayerInput, { description: "The change." }) input: UpdateLayerInput,
  ): Promise<Layer> {
    return updateLayer(tools, caller, input);
  }

  @Mutation(() => LayerType, {
    description:
      "Deletes a layer, and gives it as it was. CONFLICT while experiments name it, whatever their status, listing them. Needs the role DEVELOPER.",
  })
  async deleteLayer(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => LayerRefInput, { description: "Which layer." }) input: LayerRefInput,
  ): Promise<Layer> {
    return deleteLayer(tools, caller, input);
  }

  @FieldResolver(() => [ExperimentObjectType], {
    description: "The experiments that have a part of it, in whatever environment and status, by key.",
  })
  async experiments(
    @Root() { project, key }: Layer,
    @Ctx() { loaders }: Context,
  ): Promise<readonly Experiment[]> {
    return loaders.of(experimentsOfLayer).load({ project, key });
  }
}
