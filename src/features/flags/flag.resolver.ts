/** GraphQL operations on flags as a whole. */
import { Arg, Args, ArgsType, Ctx, Field, Int, Mutation, Query, Resolver } from "type-graphql";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import { nullIfNotFound } from "../../platform/problems.js";
import type { RequestContext } from "../permissions/index.js";
import { addVariant } from "./add-variant.js";
import { archiveFlag } from "./archive-flag.js";
import { createFlag } from "./create-flag.js";
import { deleteFlag } from "./delete-flag.js";
import {
  AddVariantInput,
  CreateFlagInput,
  FlagRefInput,
  RemoveVariantInput,
  UpdateFlagInput,
  UpdateVariantInput,
} from "./flag-input.types.js";
import { flagByName, settingsOfFlag } from "./flag.loaders.js";
import { getFlag, pageOfFlags } from "./flag.queries.js";
import {
  FlagConnection,
  FlagFilterInput,
  FlagObjectType,
  FlagOrderInput,
  OrderDirection,
} from "./flag.types.js";
import type { FlagTools } from "./guard-holders.js";
import { killFlag } from "./kill-flag.js";
import { removeVariant } from "./remove-variant.js";
import { restoreFlag } from "./restore-flag.js";
import { updateFlag } from "./update-flag.js";
import { updateVariant } from "./update-variant.js";

type Context = RequestContext<FlagTools>;

/** Arguments of a connection that pages both ways. */
@ArgsType()
class Page extends ForwardPage {
  @Field(() => Int, { nullable: true, description: "How many to give from the end, at most 100." })
  last?: number | null;

  @Field(() => String, { nullable: true, description: "Cursor of the entry to end before." })
  before?: string | null;
}

@Resolver(() => FlagObjectType)
export class FlagResolver {
  @Query(() => FlagObjectType, {
    nullable: true,
    description: "One flag; null when it does not exist or the caller may not see it. Needs the role VIEWER.",
  })
  async flag(
    @Ctx() { tools, caller }: Context,
    @Arg("key", () => String, { description: "Key of the flag." }) key: string,
    @Arg("project", () => String, {
      nullable: true,
      description: "Key of the project; the API key's own or `default` when absent.",
    })
    project?: string | null,
  ): Promise<FlagObjectType | null> {
    return nullIfNotFound(getFlag(tools, caller, project, key));
  }

  @Query(() => FlagConnection, {
    description: "The flags of a project, by key unless `orderBy` says otherwise. Needs the role VIEWER.",
  })
  async flags(
    @Ctx() { tools, caller, loaders }: Context,
    @Args(() => Page) page: Page,
    @Arg("project", () => String, {
      nullable: true,
      description: "Key of the project; the API key's own or `default` when absent.",
    })
    project?: string | null,
    @Arg("filter", () => FlagFilterInput, {
      nullable: true,
      description: "Which flags; absent: all that are not archived.",
    })
    filter?: FlagFilterInput | null,
    @Arg("orderBy", () => FlagOrderInput, { nullable: true, description: "How they are sorted." })
    orderBy?: FlagOrderInput | null,
  ): Promise<FlagConnection> {
    const { field, direction } = orderBy ?? { field: "KEY", direction: OrderDirection.ASC };
    const order = { field, descending: direction === OrderDirection.DESC };
    const wanted = filter ?? { archived: false };
    const found = await pageOfFlags(tools, caller, project, wanted, order, page);
    for (const { node } of found.edges) loaders.of(flagByName).prime(node, node);
    return new FlagConnection(found);
  }

  @Mutation(() => FlagObjectType, {
    description:
      "Creates a flag, off everywhere unless its settings say otherwise. Needs the role DEVELOPER, and MANAGER to start enabled in a protected environment.",
  })
  async createFlag(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CreateFlagInput, { description: "The new flag." }) input: CreateFlagInput,
  ): Promise<FlagObjectType> {
    return createFlag(tools, caller, input);
  }

  @Mutation(() => FlagObjectType, {
    description:
      "Changes what all environments share of a flag. Needs the role DEVELOPER; for the value schema and the visibility to clients MANAGER, where the flag is in use in a protected environment.",
  })
  async updateFlag(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateFlagInput, { description: "The change." }) input: UpdateFlagInput,
  ): Promise<FlagObjectType> {
    return updateFlag(tools, caller, input);
  }

  @Mutation(() => FlagObjectType, {
    description:
      "Archives a flag: it answers nothing until it is restored, and keeps its settings. Refused while other flags use it, and while an experiment or a guarded rollout does. Needs the role MANAGER.",
  })
  async archiveFlag(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => FlagRefInput, { description: "Which flag." }) input: FlagRefInput,
  ): Promise<FlagObjectType> {
    return archiveFlag(tools, caller, input);
  }

  @Mutation(() => FlagObjectType, {
    description: "Restores an archived flag: it answers again as it did. Needs the role MANAGER.",
  })
  async restoreFlag(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => FlagRefInput, { description: "Which flag." }) input: FlagRefInput,
  ): Promise<FlagObjectType> {
    return restoreFlag(tools, caller, input);
  }

  @Mutation(() => FlagObjectType, {
    description:
      "Deletes a flag with its settings everywhere, archived or not, and gives it as it was. Its key is free again. Refused while other flags use it, and while an experiment or a guarded rollout does. Needs the role MANAGER.",
  })
  async deleteFlag(
    @Ctx() { tools, caller, loaders }: Context,
    @Arg("input", () => FlagRefInput, { description: "Which flag." }) input: FlagRefInput,
  ): Promise<FlagObjectType> {
    const { flag, settings } = await deleteFlag(tools, caller, input);
    loaders.of(settingsOfFlag).prime(flag, settings);
    return flag;
  }

  @Mutation(() => FlagObjectType, {
    description: "Adds a variant, last in order and served nowhere yet. Needs the role DEVELOPER.",
  })
  async addVariant(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => AddVariantInput, { description: "The new variant, and whose." })
    input: AddVariantInput,
  ): Promise<FlagObjectType> {
    return addVariant(tools, caller, input);
  }

  @Mutation(() => FlagObjectType, {
    description:
      "Changes a variant. Its value stays while an experiment or a guarded rollout serves it. Needs the role DEVELOPER; for its value MANAGER, where the flag is in use in a protected environment.",
  })
  async updateVariant(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateVariantInput, { description: "The change." }) input: UpdateVariantInput,
  ): Promise<FlagObjectType> {
    return updateVariant(tools, caller, input);
  }

  @Mutation(() => FlagObjectType, {
    description:
      "Removes a variant. Refused while it is served, or asked for by another flag, in any environment. Needs the role DEVELOPER.",
  })
  async removeVariant(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => RemoveVariantInput, { description: "Which variant." }) input: RemoveVariantInput,
  ): Promise<FlagObjectType> {
    return removeVariant(tools, caller, input);
  }

  @Mutation(() => FlagObjectType, {
    description:
      "Switches a flag off in every environment at once, protected ones too, without asking for a version. Needs the role DEVELOPER. `revertChange` switches it on again where it was on.",
  })
  async killFlag(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => FlagRefInput, { description: "Which flag." }) input: FlagRefInput,
  ): Promise<FlagObjectType> {
    return killFlag(tools, caller, input);
  }
}
