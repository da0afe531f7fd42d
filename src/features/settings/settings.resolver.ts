/** GraphQL operations on the server's settings. */
import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import type { LedgerTools } from "../ledger/index.js";
import type { RequestContext } from "../permissions/index.js";
import { settings } from "./settings.queries.js";
import { SettingsType, UpdateSettingsInput } from "./settings.types.js";
import { updateSettings } from "./update-settings.js";

type Context = RequestContext<LedgerTools>;

@Resolver(() => SettingsType)
export class SettingsResolver {
  @Query(() => SettingsType, {
    description: "The settings of the server. Needs the role ADMIN for the whole server.",
  })
  async settings(@Ctx() { tools, caller }: Context): Promise<SettingsType> {
    return settings(tools, caller);
  }

  @Mutation(() => SettingsType, {
    description:
      "Changes the settings of the server, at once and on every instance. Needs the role ADMIN for the whole server.",
  })
  async updateSettings(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateSettingsInput, { description: "The change." }) input: UpdateSettingsInput,
  ): Promise<SettingsType> {
    return updateSettings(tools, caller, input);
  }
}
