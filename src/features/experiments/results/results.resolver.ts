/** GraphQL operations on the results of experiments. */
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import { nullIfNotFound } from "../../../platform/problems.js";
import type { RequestContext } from "../../permissions/index.js";
import type { Experiment } from "../experiment.js";
import { projectDescription } from "../experiment-manual.js";
import { ExperimentObjectType } from "../experiment.types.js";
import { ExperimentExportType, SlicesType } from "./slices.types.js";
import { ExportFormat } from "./words.types.js";
import { maxSliceResults } from "./desk.js";
import { liveResults, type LiveResultsTools } from "./feed.js";
import { type ShownResults, showResults, showSlices } from "./output.js";
import { exportResults, resultsOf, slicedResults } from "./results.queries.js";
import type { Analysed } from "./results.js";
import { ExperimentResultsType } from "./results.types.js";

type Context = RequestContext<LiveResultsTools>;

@ArgsType()
class ExperimentResultsArgs {
  @Field(() => String, { description: "Key of the experiment." })
  key!: string;

  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;
}

@Resolver(() => ExperimentResultsType)
export class ExperimentResultsResolver {
  @Subscription(() => ExperimentResultsType, {
    description:
      "The results of an experiment, live: first as they are, then again whenever somebody more was shown it or did something, or the experiment changed. " +
      "At least five seconds lie between two messages; where nobody comes, there is one an hour, since days pass too. Ends once the experiment is deleted. Needs the role VIEWER.",
    subscribe: async ({ args, context }: { args: ExperimentResultsArgs; context: Context }) =>
      liveResults(context.tools, context.caller, args.project, args.key),
  })
  experimentResults(
    @Root() analysed: Analysed,
    @Args(() => ExperimentResultsArgs) _args: ExperimentResultsArgs, // read in `subscribe`
  ): ShownResults {
    return showResults(analysed);
  }

  @Query(() => ExperimentExportType, {
    nullable: true,
    description:
      "The results of an experiment as a file; null when it does not exist or the caller may not see it. Needs the role VIEWER.",
  })
  async experimentExport(
    @Ctx() { tools, caller }: Context,
    @Arg("key", () => String, { description: "Key of the experiment." }) key: string,
    @Arg("format", () => ExportFormat, { description: "As what." }) format: ExportFormat,
    @Arg("project", () => String, { nullable: true, description: projectDescription })
    project?: string | null,
  ): Promise<ExperimentExportType | null> {
    return nullIfNotFound(exportResults(tools, caller, { key, project: project ?? null, format }));
  }

  @FieldResolver(() => SlicesType, {
    description: `The same in parts of the people: the ${maxSliceResults} largest by the value of an attribute. All who took part are gone through, so it takes long where they are many; it is at most a minute old, and counts as 500 fields.`,
    complexity: 500,
  })
  async slices(
    @Root() { analysed }: ShownResults,
    @Ctx() { tools }: Context,
    @Arg("attribute", () => String, {
      description: "Path of the attribute: one of the experiment's `slices`.",
    })
    attribute: string,
  ): Promise<SlicesType> {
    return showSlices(analysed, await slicedResults(tools, analysed, attribute));
  }
}

@Resolver(() => ExperimentObjectType)
export class ExperimentResultsFieldResolver {
  @FieldResolver(() => ExperimentResultsType, {
    description: "What it shows by now. Counts as 50 fields.",
    complexity: 50,
  })
  async results(@Root() experiment: Experiment, @Ctx() { tools }: Context): Promise<ShownResults> {
    return showResults(await resultsOf(tools, experiment));
  }
}
