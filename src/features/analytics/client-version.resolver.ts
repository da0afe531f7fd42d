/** The query `clients`, and the same by API key. */
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { type ApiKey, ApiKeyType } from "../accounts/index.js";
import type { RequestContext } from "../permissions/index.js";
import { clientsOfKey } from "./analytics.loaders.js";
import type { AnalyticsQueryTools } from "./analytics.queries.js";
import { clients } from "./client-version.queries.js";
import { ClientVersionConnection, ClientVersionType } from "./client-version.types.js";
import { WherePage } from "./where.types.js";

type Context = RequestContext<AnalyticsQueryTools>;

@Resolver()
export class ClientVersionResolver {
  @Query(() => ClientVersionConnection, {
    description:
      "Which programs evaluate with the project's API keys, in which versions, and when they last did; by name of the key, at most 200 a key. Forgotten after 90 days without a question. Needs the role VIEWER.",
  })
  async clients(
    @Ctx() { tools, caller }: Context,
    @Args(() => WherePage) args: WherePage,
  ): Promise<ClientVersionConnection> {
    return new ClientVersionConnection(await clients(tools, caller, args));
  }
}

@Resolver(() => ApiKeyType)
export class ApiKeyClientsResolver {
  @FieldResolver(() => [ClientVersionType], {
    description:
      "Which programs evaluate with the key, by name and version; at most 200, and forgotten after 90 days without a question.",
  })
  async clients(@Root() { id }: ApiKey, @Ctx() { loaders }: Context): Promise<readonly ClientVersionType[]> {
    return loaders.of(clientsOfKey).load(id);
  }
}
