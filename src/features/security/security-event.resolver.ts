/** The query `securityEvents`. */
import { Arg, Args, Ctx, Query, Resolver } from "type-graphql";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import type { RequestContext } from "../permissions/index.js";
import { securityEvents, type SecurityEventTools } from "./security-event.queries.js";
import { SecurityEventConnection, SecurityEventFilterInput } from "./security-event.types.js";

@Resolver()
export class SecurityEventResolver {
  @Query(() => SecurityEventConnection, {
    description:
      "The security log, newest first: who signed in, who could not, what was refused. Kept for 90 days. Needs the role ADMIN for the whole server.",
  })
  async securityEvents(
    @Ctx() { tools, caller }: RequestContext<SecurityEventTools>,
    @Args(() => ForwardPage) page: ForwardPage,
    @Arg("filter", () => SecurityEventFilterInput, {
      nullable: true,
      description: "Which events; absent: all.",
    })
    filter?: SecurityEventFilterInput | null,
  ): Promise<SecurityEventConnection> {
    return new SecurityEventConnection(await securityEvents(tools, caller, filter ?? {}, page));
  }
}
