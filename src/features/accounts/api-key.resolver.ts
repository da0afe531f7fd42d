/** GraphQL operations on API keys. */
import { Arg, Args, Ctx, Mutation, Query, Resolver } from "type-graphql";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import type { RequestContext } from "../permissions/index.js";
import { type ApiKeyListTools, apiKeys } from "./api-key.queries.js";
import {
  ApiKeyConnection,
  ApiKeyRefInput,
  ApiKeyType,
  CreateApiKeyInput,
  CreatedApiKeyType,
  RotateApiKeyInput,
  UpdateApiKeyInput,
} from "./api-key.types.js";
import { type ApiKeyTools, createApiKey } from "./create-api-key.js";
import { revokeApiKey } from "./revoke-api-key.js";
import { rotateApiKey } from "./rotate-api-key.js";
import { updateApiKey } from "./update-api-key.js";

type Context = RequestContext<ApiKeyTools>;

@Resolver(() => ApiKeyType)
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, {
    description: "API keys by name, revoked and expired ones included. Needs the role MANAGER.",
  })
  async apiKeys(
    @Ctx() { tools, caller }: RequestContext<ApiKeyListTools>,
    @Args(() => ForwardPage) page: ForwardPage,
    @Arg("project", () => String, {
      nullable: true,
      description: "Keys of this project alone; absent: all that the caller may see.",
    })
    project?: string | null,
    @Arg("environment", () => String, {
      nullable: true,
      description: "Keys of this environment alone.",
    })
    environment?: string | null,
  ): Promise<ApiKeyConnection> {
    return new ApiKeyConnection(await apiKeys(tools, caller, { project, environment }, page));
  }

  @Mutation(() => CreatedApiKeyType, {
    description:
      "Makes an API key and shows its secret, once. No key gets a role above its maker's, nor outside the maker's projects. Needs the role MANAGER.",
  })
  async createApiKey(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CreateApiKeyInput, { description: "The new key." }) input: CreateApiKeyInput,
  ): Promise<CreatedApiKeyType> {
    return createApiKey(tools, caller, input);
  }

  @Mutation(() => ApiKeyType, { description: "Changes a key's name or expiry. Needs the role MANAGER." })
  async updateApiKey(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateApiKeyInput, { description: "The change." }) input: UpdateApiKeyInput,
  ): Promise<ApiKeyType> {
    return updateApiKey(tools, caller, input);
  }

  @Mutation(() => CreatedApiKeyType, {
    description:
      "Gives a key another secret and shows it, once; the present one goes on working for a time. Needs the role MANAGER.",
  })
  async rotateApiKey(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => RotateApiKeyInput, { description: "Which key." }) input: RotateApiKeyInput,
  ): Promise<CreatedApiKeyType> {
    return rotateApiKey(tools, caller, input);
  }

  @Mutation(() => ApiKeyType, {
    description: "Revokes a key for good, on every instance within two seconds. Needs the role MANAGER.",
  })
  async revokeApiKey(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ApiKeyRefInput, { description: "Which key." }) input: ApiKeyRefInput,
  ): Promise<ApiKeyType> {
    return revokeApiKey(tools, caller, input);
  }
}
