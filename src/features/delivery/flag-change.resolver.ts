/** The subscription `flagChanges`, and what its messages lead to. */
import { Args, Ctx, FieldResolver, Resolver, Root, Subscription } from "type-graphql";
import { type Environment, environmentByName, EnvironmentType } from "../environments/index.js";
import { type Flag, flagByName, FlagObjectType } from "../flags/index.js";
import { AuditEventType, type Change } from "../ledger/index.js";
import { type Action, isPermitted } from "../permissions/index.js";
import type { DeliveryContext } from "./delivery.types.js";
import { type FlagChange, flagChanges, type FlagChangesArguments } from "./flag-changes.js";
import { FlagChangesArgs, FlagChangeType } from "./flag-change.types.js";
import { laterRevision } from "./revision.js";

@Resolver(() => FlagChangeType)
export class FlagChangeResolver {
  @Subscription(() => FlagChangeType, {
    description:
      "Every change of flags and segments, in order, never coalesced; one RESYNC in the place of what cannot be told any more. " +
      "Not for CLIENT keys.",
    subscribe: ({ args, context }: { args: FlagChangesArguments; context: DeliveryContext }) =>
      flagChanges(context.tools, context.caller, {
        ...args,
        since: laterRevision(args.since, context.since),
      }),
  })
  flagChanges(
    @Root() change: FlagChange,
    @Args(() => FlagChangesArgs) _args: FlagChangesArgs, // read in `subscribe`
  ): FlagChange {
    return change;
  }

  @FieldResolver(() => FlagObjectType, {
    nullable: true,
    description:
      "The flag as it is now; null once it is gone, for segments, and for keys that may not read flags.",
  })
  async flag(@Root() { change, flagKey }: FlagChange, @Ctx() context: DeliveryContext): Promise<Flag | null> {
    const project = readableProject(context, "flag:read", change);
    if (project === null || flagKey === null) return null;
    return context.loaders.of(flagByName).load({ project, key: flagKey });
  }

  @FieldResolver(() => EnvironmentType, {
    nullable: true,
    description:
      "Where it happened; null when it concerns all environments, and for keys that may not read environments.",
  })
  async environment(
    @Root() { change }: FlagChange,
    @Ctx() context: DeliveryContext,
  ): Promise<Environment | null> {
    const project = readableProject(context, "environment:read", change);
    const environment = change?.environment ?? null;
    if (project === null || environment === null) return null;
    return context.loaders.of(environmentByName).load({ project, environment });
  }

  @FieldResolver(() => AuditEventType, {
    nullable: true,
    description: "Who did what, and why; null for RESYNC and for keys that may not read the audit log.",
  })
  change(@Root() { change }: FlagChange, @Ctx() context: DeliveryContext): Change | null {
    return readableProject(context, "audit:read", change) === null ? null : change;
  }
}

/** The project of a change, if the caller may do that there. */
function readableProject(
  { caller, tools }: DeliveryContext,
  action: Action,
  change: Change | null,
): string | null {
  const project = change?.project ?? null;
  return project !== null && isPermitted(tools.recognise(caller), action, { project }) ? project : null;
}
