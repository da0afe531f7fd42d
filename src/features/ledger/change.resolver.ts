/** GraphQL operations on the audit log. */
import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import type { Database } from "../../platform/database/index.js";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import { JsonScalar } from "../../platform/graphql/scalars.js";
import type { Actor, RequestContext } from "../permissions/index.js";
import { bodyOf, type Change, personOf, revisionOf } from "./change.js";
import { summaryOf } from "./change-summary.js";
import { auditEvents } from "./change.queries.js";
import { ActorType, AuditEventConnection, AuditEventType, AuditFilterInput } from "./change.types.js";
import { isRevertible } from "./revertible.js";

interface Tools {
  readonly database: Database;
}

/** Of who did something before their personal data was erased. */
const erasedName = "erased";

@Resolver(() => AuditEventType)
export class AuditResolver {
  @Query(() => AuditEventConnection, {
    description: "The audit log, newest first: who changed what, when and why. Needs the role VIEWER.",
  })
  async auditEvents(
    @Ctx() { tools, caller }: RequestContext<Tools>,
    @Args(() => ForwardPage) page: ForwardPage,
    @Arg("filter", () => AuditFilterInput, {
      nullable: true,
      description: "Which changes; absent: all that the caller may see.",
    })
    filter?: AuditFilterInput | null,
  ): Promise<AuditEventConnection> {
    return new AuditEventConnection(await auditEvents(tools, caller, filter ?? {}, page));
  }

  @FieldResolver(() => ActorType, { description: "Who did it." })
  actor(@Root() change: Change): Actor {
    return { kind: change.actorKind, id: change.actorId, name: personOf(change).actor ?? erasedName };
  }

  @FieldResolver(() => String, { description: "The change in one sentence." })
  summary(@Root() change: Change): string {
    return summaryOf(change);
  }

  @FieldResolver(() => JsonScalar, {
    nullable: true,
    description: "What changed as it was before; null for what was created, and once erased.",
  })
  before(@Root() change: Change): unknown {
    return bodyOf(change).before;
  }

  @FieldResolver(() => JsonScalar, {
    nullable: true,
    description: "What changed as it was afterwards; null for what was deleted, and once erased.",
  })
  after(@Root() change: Change): unknown {
    return bodyOf(change).after;
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether its content (before, after, reason) was emptied: by an erasure, or because of its age.",
  })
  erased(@Root() { body }: Change): boolean {
    return body === null;
  }

  @FieldResolver(() => String, { nullable: true, description: "Why, in the words of who did it." })
  reason(@Root() change: Change): string | null {
    return bodyOf(change).reason;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "The address it was done from; null where there is none.",
  })
  ip(@Root() change: Change): string | null {
    return personOf(change).ip;
  }

  @FieldResolver(() => String, {
    description: "The change's place in the one order of the server; opaque, as `revision` everywhere.",
  })
  revision(@Root() change: Change): string {
    return revisionOf(change);
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether `revertChange` can undo it. It may still refuse, when something later builds on it.",
  })
  revertible(@Root() change: Change): boolean {
    return isRevertible(change);
  }
}
