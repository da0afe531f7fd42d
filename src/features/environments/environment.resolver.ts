/** GraphQL operations on environments, and the fields of projects and API keys that lead to them. */
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { notFound, nullIfNotFound } from "../../platform/problems.js";
import { type ApiKey, ApiKeyType } from "../accounts/index.js";
import type { RequestContext } from "../permissions/index.js";
import { type Project, projectByKey, ProjectType } from "../projects/index.js";
import { createEnvironment, type EnvironmentTools } from "./create-environment.js";
import { deleteEnvironment } from "./delete-environment.js";
import type { Environment } from "./environment.js";
import { environmentByName, environmentsOfProject } from "./environment.loaders.js";
import { getEnvironment, listEnvironments } from "./environment.queries.js";
import {
  ContextProofSecretType,
  CreateEnvironmentInput,
  EnvironmentRefInput,
  EnvironmentType,
  RotateContextProofSecretInput,
  UpdateEnvironmentInput,
} from "./environment.types.js";
import { type ContextProofTools, rotateContextProofSecret } from "./rotate-context-proof-secret.js";
import { updateEnvironment } from "./update-environment.js";

type Context = RequestContext<EnvironmentTools & ContextProofTools>;

@Resolver(() => EnvironmentType)
export class EnvironmentResolver {
  @Query(() => [EnvironmentType], { description: "The environments of a project, in the order of display." })
  async environments(
    @Ctx() { tools, caller }: Context,
    @Arg("project", () => String, {
      nullable: true,
      description: "Key of the project; the API key's own or `default` when absent.",
    })
    project?: string | null,
  ): Promise<readonly EnvironmentType[]> {
    return listEnvironments(tools, caller, project);
  }

  @Query(() => EnvironmentType, {
    nullable: true,
    description: "One environment; null when it does not exist or the caller may not see it.",
  })
  async environment(
    @Ctx() { tools, caller }: Context,
    @Arg("key", () => String, { description: "Key of the environment." }) key: string,
    @Arg("project", () => String, {
      nullable: true,
      description: "Key of the project; the API key's own or `default` when absent.",
    })
    project?: string | null,
  ): Promise<EnvironmentType | null> {
    return nullIfNotFound(getEnvironment(tools, caller, project, key));
  }

  @Mutation(() => EnvironmentType, {
    description:
      "Creates an environment, with settings for every flag of the project. Needs the role MANAGER.",
  })
  async createEnvironment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CreateEnvironmentInput, { description: "The new environment." })
    input: CreateEnvironmentInput,
  ): Promise<EnvironmentType> {
    return createEnvironment(tools, caller, input);
  }

  @Mutation(() => EnvironmentType, { description: "Changes an environment itself. Needs the role MANAGER." })
  async updateEnvironment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateEnvironmentInput, { description: "The change." }) input: UpdateEnvironmentInput,
  ): Promise<EnvironmentType> {
    return updateEnvironment(tools, caller, input);
  }

  @Mutation(() => EnvironmentType, {
    description:
      "Deletes an environment with the settings of all flags in it and its API keys. Gives the environment as it was. Needs the role MANAGER.",
  })
  async deleteEnvironment(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => EnvironmentRefInput, { description: "Which environment." })
    input: EnvironmentRefInput,
  ): Promise<EnvironmentType> {
    return deleteEnvironment(tools, caller, input);
  }

  @Mutation(() => ContextProofSecretType, {
    description:
      "Makes the secret with which your backend proves whom its pages ask about (`context.proof`), or replaces it. Proofs made with the one before " +
      "go on counting for `overlapSeconds`. Needs the role MANAGER.",
  })
  async rotateContextProofSecret(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => RotateContextProofSecretInput, { description: "Which environment." })
    input: RotateContextProofSecretInput,
  ): Promise<ContextProofSecretType> {
    return rotateContextProofSecret(tools, caller, input);
  }

  @FieldResolver(() => ProjectType, { description: "The project that the environment belongs to." })
  async project(@Root() environment: Environment, @Ctx() { loaders }: Context): Promise<ProjectType> {
    const project = await loaders.of(projectByKey).load(environment.project);
    if (project === null) throw notFound("Project", environment.project);
    return project;
  }

  @FieldResolver(() => String, {
    description: "The revision that evaluations here answer by: opaque, one order for the whole server.",
  })
  revision(@Ctx() { tools }: Context): string {
    return tools.revision();
  }
}

@Resolver(() => ProjectType)
export class ProjectEnvironmentsResolver {
  @FieldResolver(() => [EnvironmentType], {
    description: "The environments of the project, in the order of display.",
  })
  async environments(
    @Root() project: Project,
    @Ctx() { loaders }: Context,
  ): Promise<readonly EnvironmentType[]> {
    return loaders.of(environmentsOfProject).load(project.key);
  }
}

@Resolver(() => ApiKeyType)
export class ApiKeyEnvironmentResolver {
  @FieldResolver(() => EnvironmentType, {
    nullable: true,
    description: "The only environment that a CLIENT or SERVER key may touch; null for MANAGEMENT keys.",
  })
  async environment(
    @Root() { project, environment }: ApiKey,
    @Ctx() { loaders }: Context,
  ): Promise<EnvironmentType | null> {
    if (project === null || environment === null) return null;
    return loaders.of(environmentByName).load({ project, environment });
  }
}
