/** The query `serverInfo`. */
import { Ctx, Query, Resolver } from "type-graphql";
import type { DeliveryContext } from "./delivery.types.js";
import { serverInfo, type ServerStatus } from "./server-status.js";
import { ServerInfoType } from "./server-status.types.js";

@Resolver()
export class ServerStatusResolver {
  @Query(() => ServerInfoType, {
    description: "The state of this instance. Any role in any project may ask.",
  })
  serverInfo(@Ctx() { tools, caller }: DeliveryContext): ServerStatus {
    return serverInfo(tools, caller);
  }
}
