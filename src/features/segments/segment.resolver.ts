/** GraphQL operations on segments. */
import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { JsonScalar } from "../../platform/graphql/scalars.js";
import { notFound, nullIfNotFound } from "../../platform/problems.js";
import type { RequestContext } from "../permissions/index.js";
import { projectByKey, ProjectType } from "../projects/index.js";
import { changeSegmentMembers } from "./change-segment-members.js";
import { writeCondition } from "./condition-input.js";
import { summarizeCondition } from "./condition-summary.js";
import { createSegment } from "./create-segment.js";
import { deleteSegment } from "./delete-segment.js";
import type { SegmentTools } from "./guard-segment.js";
import type { Segment } from "./segment.js";
import { listCounts } from "./segment.loaders.js";
import { findSegment, listMembers, listSegments } from "./segment.queries.js";
import {
  ChangeSegmentMembersInput,
  CreateSegmentInput,
  MembersArguments,
  SegmentConnection,
  SegmentMemberConnection,
  SegmentRefInput,
  SegmentsArguments,
  SegmentType,
  UpdateSegmentInput,
} from "./segment.types.js";
import { updateSegment } from "./update-segment.js";

type Context = RequestContext<SegmentTools>;

@Resolver(() => SegmentType)
export class SegmentResolver {
  @Query(() => SegmentType, {
    nullable: true,
    description: "One segment; null when it does not exist or the caller may not see it.",
  })
  async segment(
    @Ctx() { tools, caller }: Context,
    @Arg("key", () => String, { description: "Key of the segment." }) key: string,
    @Arg("project", () => String, {
      nullable: true,
      description: "Key of the project; the API key's own or `default` when absent.",
    })
    project?: string | null,
  ): Promise<SegmentType | null> {
    return nullIfNotFound(findSegment(tools, caller, project, key));
  }

  @Query(() => SegmentConnection, { description: "The segments of a project, by key." })
  async segments(
    @Ctx() { tools, caller }: Context,
    @Args(() => SegmentsArguments) query: SegmentsArguments,
  ): Promise<SegmentConnection> {
    return new SegmentConnection(await listSegments(tools, caller, query));
  }

  @Mutation(() => SegmentType, { description: "Creates a segment. Needs the role DEVELOPER." })
  async createSegment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CreateSegmentInput, { description: "The new segment." }) input: CreateSegmentInput,
  ): Promise<SegmentType> {
    return createSegment(tools, caller, input);
  }

  @Mutation(() => SegmentType, {
    description:
      "Changes a segment in all environments at once. Needs the role DEVELOPER, and MANAGER while it is in use in a protected environment.",
  })
  async updateSegment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateSegmentInput, { description: "The change." }) input: UpdateSegmentInput,
  ): Promise<SegmentType> {
    return updateSegment(tools, caller, input);
  }

  @Mutation(() => SegmentType, {
    description:
      "Deletes a segment and gives it as it was. CONFLICT while flags or other segments name it, listing them. Needs the role MANAGER.",
  })
  async deleteSegment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => SegmentRefInput, { description: "Which segment." }) input: SegmentRefInput,
  ): Promise<SegmentType> {
    return deleteSegment(tools, caller, input);
  }

  @Mutation(() => SegmentType, {
    description:
      "Adds members to one of a segment's lists and takes members off it, up to 5 000 a call. Needs what `updateSegment` needs.",
  })
  async changeSegmentMembers(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ChangeSegmentMembersInput, { description: "Who comes and who goes." })
    input: ChangeSegmentMembersInput,
  ): Promise<SegmentType> {
    return changeSegmentMembers(tools, caller, input);
  }

  @FieldResolver(() => ProjectType, { description: "The project that the segment belongs to." })
  async project(@Root() segment: Segment, @Ctx() { loaders }: Context): Promise<ProjectType> {
    const project = await loaders.of(projectByKey).load(segment.project);
    if (project === null) throw notFound("Project", segment.project);
    return project;
  }

  @FieldResolver(() => JsonScalar, {
    nullable: true,
    description:
      "Decides about everyone who is on neither list, as a ConditionInput that can be sent back; null: they do not belong to the segment.",
  })
  when(@Root() segment: Segment): unknown {
    return segment.when === null ? null : writeCondition(segment.when);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The condition as a sentence: "country is DE or FR, and plan is not free".',
  })
  summary(@Root() segment: Segment): string | null {
    return segment.when === null ? null : summarizeCondition(segment.when);
  }

  @FieldResolver(() => Int, { description: "How many targeting keys are included." })
  async includedCount(@Root() segment: Segment, @Ctx() { loaders }: Context): Promise<number> {
    return (await loaders.of(listCounts).load(segment)).INCLUDED;
  }

  @FieldResolver(() => Int, { description: "How many targeting keys are excluded." })
  async excludedCount(@Root() segment: Segment, @Ctx() { loaders }: Context): Promise<number> {
    return (await loaders.of(listCounts).load(segment)).EXCLUDED;
  }

  @FieldResolver(() => SegmentMemberConnection, {
    description: "The targeting keys on one of the lists, in order.",
  })
  async members(
    @Root() segment: Segment,
    @Ctx() { tools, caller }: Context,
    @Args(() => MembersArguments) query: MembersArguments,
  ): Promise<SegmentMemberConnection> {
    return new SegmentMemberConnection(await listMembers(tools, caller, segment, query));
  }
}
