/** GraphQL operations on templates of experiments. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { JsonScalar } from "../../../platform/graphql/scalars.js";
import { nullIfNotFound } from "../../../platform/problems.js";
import type { LedgerTools } from "../../ledger/index.js";
import type { RequestContext } from "../../permissions/index.js";
import { createExperimentTemplate } from "./create-template.js";
import { deleteExperimentTemplate } from "./delete-template.js";
import { projectDescription } from "../experiment-manual.js";
import { writeSettings } from "../experiment-output.js";
import type { ExperimentTemplate } from "./template.js";
import { findTemplate, listTemplates } from "./template.queries.js";
import {
  CreateExperimentTemplateInput,
  ExperimentTemplateConnection,
  ExperimentTemplateRefInput,
  ExperimentTemplatesArguments,
  ExperimentTemplateType,
  UpdateExperimentTemplateInput,
} from "./template.types.js";
import { updateExperimentTemplate } from "./update-template.js";

type Context = RequestContext<LedgerTools>;

@Resolver(() => ExperimentTemplateType)
export class ExperimentTemplateResolver {
  @Query(() => ExperimentTemplateType, {
    nullable: true,
    description: "One template of experiments; null when it does not exist or the caller may not see it.",
  })
  async experimentTemplate(
    @Ctx() { tools, caller }: Context,
    @Arg("key", () => String, { description: "Key of the template." }) key: string,
    @Arg("project", () => String, { nullable: true, description: projectDescription })
    project?: string | null,
  ): Promise<ExperimentTemplate | null> {
    return nullIfNotFound(findTemplate(tools, caller, project, key));
  }

  @Query(() => ExperimentTemplateConnection, { description: "The templates of a project, by key." })
  async experimentTemplates(
    @Ctx() { tools, caller }: Context,
    @Args(() => ExperimentTemplatesArguments) query: ExperimentTemplatesArguments,
  ): Promise<ExperimentTemplateConnection> {
    return new ExperimentTemplateConnection(await listTemplates(tools, caller, query));
  }

  @Mutation(() => ExperimentTemplateType, {
    description: "Creates a template of experiments. Needs the role DEVELOPER.",
  })
  async createExperimentTemplate(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CreateExperimentTemplateInput, { description: "The new template." })
    input: CreateExperimentTemplateInput,
  ): Promise<ExperimentTemplate> {
    return createExperimentTemplate(tools, caller, input);
  }

  @Mutation(() => ExperimentTemplateType, {
    description:
      "Changes a template, for experiments that are created from then on. Needs the role DEVELOPER.",
  })
  async updateExperimentTemplate(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateExperimentTemplateInput, { description: "The change." })
    input: UpdateExperimentTemplateInput,
  ): Promise<ExperimentTemplate> {
    return updateExperimentTemplate(tools, caller, input);
  }

  @Mutation(() => ExperimentTemplateType, {
    description:
      "Deletes a template, and gives it as it was. Experiments that began with it stay as they are. Needs the role DEVELOPER.",
  })
  async deleteExperimentTemplate(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ExperimentTemplateRefInput, { description: "Which template." })
    input: ExperimentTemplateRefInput,
  ): Promise<ExperimentTemplate> {
    return deleteExperimentTemplate(tools, caller, input);
  }

  @FieldResolver(() => JsonScalar, {
    description:
      "What experiments begin with: an ExperimentTemplateSettingsInput without its absent members, which can be sent back.",
  })
  settings(@Root() { settings }: ExperimentTemplate): object {
    return writeSettings(settings);
  }
}
