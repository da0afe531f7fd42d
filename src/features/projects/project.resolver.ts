/** GraphQL operations on projects, and the fields of accounts that lead to them. */
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { notFound, nullIfNotFound } from "../../platform/problems.js";
import { type ApiKey, ApiKeyType, type ProjectRole, ProjectRoleType } from "../accounts/index.js";
import type { RequestContext } from "../permissions/index.js";
import { createProject, type ProjectTools } from "./create-project.js";
import { deleteProject } from "./delete-project.js";
import { projectByKey } from "./project.loaders.js";
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

@Resolver(() => ProjectRoleType)
export class ProjectRoleProjectResolver {
  @FieldResolver(() => ProjectType, { description: "Where the user has the role." })
  async project(@Root() role: ProjectRole, @Ctx() { loaders }: Context): Promise<ProjectType> {
    const project = await loaders.of(projectByKey).load(role.project);
    if (project === null) throw notFound("Project", role.project);
    return project;
  }
}

@Resolver(() => ApiKeyType)
export class ApiKeyProjectResolver {
  @FieldResolver(() => ProjectType, {
    nullable: true,
    description: "The only project that the key may touch; null: the whole server.",
  })
  async project(@Root() apiKey: ApiKey, @Ctx() { loaders }: Context): Promise<ProjectType | null> {
    return apiKey.project === null ? null : loaders.of(projectByKey).load(apiKey.project);
  }
}
