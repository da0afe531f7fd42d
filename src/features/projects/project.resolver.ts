/** GraphQL operations on projects. */
import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import { nullIfNotFound } from "../../platform/problems.js";
import type { RequestContext } from "../permissions/index.js";
import { createProject, type ProjectTools } from "./create-project.js";
import { deleteProject } from "./delete-project.js";
import { getProject, listProjects } from "./project.queries.js";
import { CreateProjectInput, ProjectRefInput, ProjectType, UpdateProjectInput } from "./project.types.js";
import { updateProject } from "./update-project.js";

type Context = RequestContext<ProjectTools>;

@Resolver(() => ProjectType)
export class ProjectResolver {
  @Query(() => [ProjectType], {
    description: "The projects that the caller may see, in the order of their keys.",
  })
  async projects(@Ctx() { tools, caller }: Context): Promise<readonly ProjectType[]> {
    return listProjects(tools, caller);
  }

  @Query(() => ProjectType, {
    nullable: true,
    description: "One project; null when it does not exist or the caller may not see it.",
  })
  async project(
    @Ctx() { tools, caller }: Context,
    @Arg("key", () => String, { description: "Key of the project." }) key: string,
  ): Promise<ProjectType | null> {
    return nullIfNotFound(getProject(tools, caller, key));
  }

  @Mutation(() => ProjectType, {
    description:
      "Creates a project with the environments development, staging and production. Needs the role ADMIN for the whole server.",
  })
  async createProject(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CreateProjectInput, { description: "The new project." }) input: CreateProjectInput,
  ): Promise<ProjectType> {
    return createProject(tools, caller, input);
  }

  @Mutation(() => ProjectType, { description: "Changes a project. Needs the role ADMIN." })
  async updateProject(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateProjectInput, { description: "The change." }) input: UpdateProjectInput,
  ): Promise<ProjectType> {
    return updateProject(tools, caller, input);
  }

  @Mutation(() => ProjectType, {
    description:
      "Deletes a project with everything in it: environments, segments, flags and API keys. Gives the project as it was. Needs the role ADMIN.",
  })
  async deleteProject(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ProjectRefInput, { description: "Which project." }) input: ProjectRefInput,
  ): Promise<ProjectType> {
    return deleteProject(tools, caller, input);
  }
}
