/** GraphQL operations on the sessions that are open. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import type { RequestContext } from "../permissions/index.js";
import { revokeSession } from "./revoke-session.js";
import type { SessionInfo } from "./session.js";
import { sessions } from "./session.queries.js";
import { RevokeSessionInput, SessionInfoConnection, SessionInfoType } from "./session-info.types.js";
import type { AccountTools } from "./tools.js";

type Context = RequestContext<AccountTools>;

@Resolver(() => SessionInfoType)
export class SessionInfoResolver {
  @Query(() => SessionInfoConnection, {
    description:
      "Where one is signed in, newest sign-in first. For users; those of somebody else need the role ADMIN for the whole server.",
  })
  async sessions(
    @Ctx() { tools, caller }: Context,
    @Args(() => ForwardPage) page: ForwardPage,
    @Arg("email", () => String, {
      nullable: true,
      description: "E-mail address of the user whose sessions are wanted; one's own when absent.",
    })
    email?: string | null,
  ): Promise<SessionInfoConnection> {
    return new SessionInfoConnection(await sessions(tools, caller, email, page));
  }

  @FieldResolver(() => Boolean, { description: "Whether it is the session that is asking." })
  current(@Root() { id }: SessionInfo, @Ctx() { caller }: Context): boolean {
    return caller.identity.kind === "USER" && caller.identity.sessionId === id;
  }

  @Mutation(() => SessionInfoType, {
    description:
      "Ends a session at once, wherever it is in use: one's own, or anybody's with the role ADMIN for the whole server.",
  })
  async revokeSession(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => RevokeSessionInput, { description: "Which session." }) input: RevokeSessionInput,
  ): Promise<SessionInfoType> {
    return revokeSession(tools, caller, input);
  }
}
