/** GraphQL fields of a flag that lead to other things: its settings, people, history and users. */
import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Database } from "../../platform/database/index.js";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import { notFound } from "../../platform/problems.js";
import { userById, UserType } from "../accounts/index.js";
import { environmentsOfProject } from "../environments/index.js";
import { AuditEventConnection, AuditEventType, AuditSubject, historyOf } from "../ledger/index.js";
import type { RequestContext } from "../permissions/index.js";
import { projectByKey, ProjectType } from "../projects/index.js";
import type { Flag, FlagEnvironment } from "./flag.js";
import { FlagEnvironmentType } from "./flag-environment.types.js";
import { lastChangeOf, settingsOfFlag } from "./flag.loaders.js";
import { FlagObjectType } from "./flag.types.js";

type Context = RequestContext<{ readonly database: Database }>;

@Resolver(() => FlagObjectType)
export class FlagFieldResolver {
  @FieldResolver(() => ProjectType, { description: "The project that the flag belongs to." })
  async project(@Root() flag: Flag, @Ctx() { loaders }: Context): Promise<ProjectType> {
    const project = await loaders.of(projectByKey).load(flag.project);
    if (project === null) throw notFound("Project", flag.project);
    return project;
  }

  @FieldResolver(() => UserType, { nullable: true, description: "Who looks after the flag; null: nobody." })
  async owner(@Root() { ownerId }: Flag, @Ctx() { loaders }: Context): Promise<UserType | null> {
    return ownerId === null ? null : loaders.of(userById).load(ownerId);
  }

  @FieldResolver(() => [FlagEnvironmentType], {
    description: "What the flag does in each environment, in the order of their display.",
  })
  async environments(@Root() flag: Flag, @Ctx() { loaders }: Context): Promise<readonly FlagEnvironment[]> {
    const settings = await loaders.of(settingsOfFlag).load(flag);
    const environments = await loaders.of(environmentsOfProject).load(flag.project);
    return environments.flatMap(({ key }) => settings.find(({ environment }) => environment === key) ?? []);
  }

  @FieldResolver(() => FlagEnvironmentType, {
    nullable: true,
    description: "What the flag does in one environment; null when there is no such environment.",
  })
  async environment(
    @Root() flag: Flag,
    @Ctx() { loaders }: Context,
    @Arg("key", () => String, { description: "Key of the environment." }) key: string,
  ): Promise<FlagEnvironment | null> {
    const settings = await loaders.of(settingsOfFlag).load(flag);
    return settings.find(({ environment }) => environment === key) ?? null;
  }

  @FieldResolver(() => AuditEventType, {
    nullable: true,
    description: "The newest change of the flag, or of its settings anywhere.",
  })
  async lastChange(
    @Root() { project, key }: Flag,
    @Ctx() { loaders }: Context,
  ): Promise<AuditEventType | null> {
    return loaders.of(lastChangeOf).load({ project, subjectType: AuditSubject.FLAG, subject: key });
  }

  @FieldResolver(() => AuditEventConnection, {
    description: "All changes of the flag and of its settings, newest first.",
  })
  async history(
    @Root() { project, key }: Flag,
    @Ctx() { tools, caller }: Context,
    @Args(() => ForwardPage) page: ForwardPage,
  ): Promise<AuditEventConnection> {
    const subject = { project, subjectType: AuditSubject.FLAG, subject: key };
    return new AuditEventConnection(await historyOf(tools, caller, subject, page));
  }
}
