/** GraphQL fields that say who uses a flag or a segment. */
import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Database } from "../../platform/database/index.js";
import type { Loaders } from "../../platform/graphql/loaders.js";
import type { RequestContext } from "../permissions/index.js";
import { type Segment, segmentUsers, SegmentType } from "../segments/index.js";
import type { Flag } from "./flag.js";
import { flagByName, usersOfFlag, usersOfSegment } from "./flag.loaders.js";
import { FlagObjectType } from "./flag.types.js";
import type { FlagUser } from "./flag-usage.store.js";
import { UsageType } from "./flag-usage.types.js";

interface Tools {
  readonly database: Database;
}
type Context = RequestContext<Tools>;

@Resolver(() => FlagObjectType)
export class FlagUsageResolver {
  @FieldResolver(() => UsageType, {
    description: "Who names the flag: other flags. Segments cannot depend on flags.",
  })
  async usedBy(@Root() flag: Flag, @Ctx() { loaders }: Context): Promise<UsageType> {
    const users = await loaders.of(usersOfFlag).load(flag);
    return { flags: await loadFlags(loaders, flag.project, users), segments: [] };
  }
}

@Resolver(() => SegmentType)
export class SegmentUsageResolver {
  @FieldResolver(() => UsageType, {
    description: "Who names the segment: rules of flags, and other segments.",
  })
  async usedBy(@Root() segment: Segment, @Ctx() { loaders }: Context): Promise<UsageType> {
    const users = await loaders.of(usersOfSegment).load(segment);
    const [flags, segments] = await Promise.all([
      loadFlags(loaders, segment.project, users),
      loaders.of(segmentUsers).load(segment),
    ]);
    return { flags, segments };
  }
}

async function loadFlags(
  loaders: Loaders<Tools>,
  project: string,
  users: readonly FlagUser[],
): Promise<Flag[]> {
  const keys = [...new Set(users.map(({ flag }) => flag))];
  const flags = await Promise.all(keys.map(async (key) => loaders.of(flagByName).load({ project, key })));
  return flags.filter((flag) => flag !== null);
}
