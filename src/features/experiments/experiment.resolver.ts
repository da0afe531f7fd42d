/** GraphQL operations on experiments. */
import { Arg, Args, Ctx, Mutation, Query, Resolver } from "type-graphql";
import { nullIfNotFound } from "../../platform/problems.js";
import type { RequestContext } from "../permissions/index.js";
import type { ExperimentTools } from "./change-experiment.js";
import { changeTraffic } from "./lifecycle/change-traffic.js";
import { concludeExperiment } from "./lifecycle/conclude-experiment.js";
import { createExperiment } from "./create-experiment.js";
import { deleteExperiment } from "./delete-experiment.js";
import type { Experiment } from "./experiment.js";
import {
  ChangeTrafficInput,
  ConcludeExperimentInput,
  CreateExperimentInput,
  ExperimentRefInput,
  ExperimentsArguments,
  UpdateExperimentInput,
} from "./experiment-input.types.js";
import { projectDescription } from "./experiment-manual.js";
import { findExperiment, listExperiments } from "./experiment.queries.js";
import { ExperimentConnection, ExperimentObjectType } from "./experiment.types.js";
import { pauseExperiment, resumeExperiment } from "./lifecycle/pause-experiment.js";
import { startExperiment } from "./lifecycle/start-experiment.js";
import { stopExperiment } from "./lifecycle/stop-experiment.js";
import { updateExperiment } from "./update-experiment.js";

type Context = RequestContext<ExperimentTools>;

const needsRole = "Needs the role DEVELOPER, in a protected environment MANAGER.";

@Resolver(() => ExperimentObjectType)
export class ExperimentResolver {
  @Query(() => ExperimentObjectType, {
    nullable: true,
    description: "One experiment; null when it does not exist or the caller may not see it.",
  })
  async experiment(
    @Ctx() { tools, caller }: Context,
    @Arg("key", () => String, { description: "Key of the experiment." }) key: string,
    @Arg("project", () => String, { nullable: true, description: projectDescription })
    project?: string | null,
  ): Promise<Experiment | null> {
    return nullIfNotFound(findExperiment(tools, caller, project, key));
  }

  @Query(() => ExperimentConnection, { description: "The experiments of a project, by key." })
  async experiments(
    @Ctx() { tools, caller }: Context,
    @Args(() => ExperimentsArguments) query: ExperimentsArguments,
  ): Promise<ExperimentConnection> {
    return new ExperimentConnection(await listExperiments(tools, caller, query));
  }

  @Mutation(() => ExperimentObjectType, {
    description: "Creates an experiment as a draft: `startExperiment` starts it. Needs the role DEVELOPER.",
  })
  async createExperiment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CreateExperimentInput, { description: "The new experiment." })
    input: CreateExperimentInput,
  ): Promise<Experiment> {
    return createExperiment(tools, caller, input);
  }

  @Mutation(() => ExperimentObjectType, {
    description:
      "Changes an experiment: a draft and what is only scheduled as you like, what was started as far as its results go on meaning what they mean. " +
      "CONFLICT says what cannot change, and why. `startsAt: null` makes a draft of what is scheduled. " +
      "Needs the role DEVELOPER; for what is no draft any more, in a protected environment, MANAGER.",
  })
  async updateExperiment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateExperimentInput, { description: "The change." }) input: UpdateExperimentInput,
  ): Promise<Experiment> {
    return updateExperiment(tools, caller, input);
  }

  @Mutation(() => ExperimentObjectType, {
    description:
      "Starts an experiment: its rule is put into the flag ahead of the others, and whoever asks and qualifies takes part from now on. Where `startsAt` lies ahead it is SCHEDULED, and starts by itself then, to ten seconds. " +
      "Not taken in is whom a target of the flag lists, whom a holdout of the environment holds out at this moment, and who is outside its part of the layer. " +
      "CONFLICT names what stands in the way: one experiment at a time runs on a flag in an environment, parts of a layer do not overlap there, what it names must exist and not be archived, and its end must lie ahead. " +
      `A flag that is off does not stand in the way, but shows nobody anything: see \`warnings\`. ${needsRole}`,
  })
  async startExperiment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ExperimentRefInput, { description: "Which experiment." }) input: ExperimentRefInput,
  ): Promise<Experiment> {
    return startExperiment(tools, caller, input);
  }

  @Mutation(() => ExperimentObjectType, {
    description:
      "Takes the experiment's rule out of the flag, which answers as if there were no experiment. Who took part still counts. For emergencies: whoever comes meanwhile sees what they would not have seen. " +
      `It keeps its flag and its part of the layer, and ends at its end. ${needsRole}`,
  })
  async pauseExperiment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ExperimentRefInput, { description: "Which experiment." }) input: ExperimentRefInput,
  ): Promise<Experiment> {
    return pauseExperiment(tools, caller, input);
  }

  @Mutation(() => ExperimentObjectType, {
    description: `Puts the rule of a paused experiment back, ahead of the others: for the same people, each of whom has the same variant as before. ${needsRole}`,
  })
  async resumeExperiment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ExperimentRefInput, { description: "Which experiment." }) input: ExperimentRefInput,
  ): Promise<Experiment> {
    return resumeExperiment(tools, caller, input);
  }

  @Mutation(() => ExperimentObjectType, {
    description:
      "Lets more or fewer of those who qualify take part. Growth takes in people who had no part and moves nobody else. Where it shrinks, some go: they get what the flag serves without the experiment, and count no more, " +
      "nor do those of the same buckets who never come back; everybody else keeps their variant. Grown again, it takes in others or the same, who begin anew. " +
      `The shares of the variants among each other stay. A new epoch begins. ${needsRole}`,
  })
  async changeTraffic(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ChangeTrafficInput, { description: "Which experiment, and how many." })
    input: ChangeTrafficInput,
  ): Promise<Experiment> {
    return changeTraffic(tools, caller, input);
  }

  @Mutation(() => ExperimentObjectType, {
    description: `Ends an experiment for good: its rule is taken out of the flag, and what happens from now on does not count. What is only scheduled is a draft again. ${needsRole}`,
  })
  async stopExperiment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ExperimentRefInput, { description: "Which experiment." }) input: ExperimentRefInput,
  ): Promise<Experiment> {
    return stopExperiment(tools, caller, input);
  }

  @Mutation(() => ExperimentObjectType, {
    description:
      "Writes down what was decided, and ends the experiment where it has not ended. A variant is served in the same step, whatever layer and holdouts there were. Without an audience it becomes the flag's fallthrough in the environment: everybody gets it whom no target and no other rule decides, once the flag is on. " +
      `With an audience the experiment's rule serves it to that alone, from where it stands or, if it was withdrawn, as the first rule behind one of an experiment that has begun since, and is a rule like any other from then on. It is recorded of the flag like any change. ${needsRole}`,
  })
  async concludeExperiment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ConcludeExperimentInput, { description: "Which experiment, and what was decided." })
    input: ConcludeExperimentInput,
  ): Promise<Experiment> {
    return concludeExperiment(tools, caller, input);
  }

  @Mutation(() => ExperimentObjectType, {
    description:
      "Deletes a draft, and gives it as it was. What was started is kept, with what was measured. Needs the role DEVELOPER.",
  })
  async deleteExperiment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ExperimentRefInput, { description: "Which experiment." }) input: ExperimentRefInput,
  ): Promise<Experiment> {
    return deleteExperiment(tools, caller, input);
  }
}
