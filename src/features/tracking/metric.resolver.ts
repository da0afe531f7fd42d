/** GraphQL operations on metrics, and the fields that lead from a metric to other things. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import { notFound, nullIfNotFound } from "../../platform/problems.js";
import { lastChangeOf } from "../flags/index.js";
import {
  AuditEventConnection,
  AuditEventType,
  AuditSubject,
  historyOf,
  type LedgerTools,
} from "../ledger/index.js";
import type { RequestContext } from "../permissions/index.js";
import { projectByKey, ProjectType } from "../projects/index.js";
import { archiveMetric, restoreMetric } from "./archive-metric.js";
import { createMetric } from "./create-metric.js";
import type { Metric } from "./metric.js";
import { metricByName } from "./metric.loaders.js";
import { findMetric, listMetrics } from "./metric.queries.js";
import {
  CreateMetricInput,
  MetricConnection,
  MetricObjectType,
  MetricRefInput,
  MetricsArguments,
  UpdateMetricInput,
} from "./metric.types.js";
import { updateMetric } from "./update-metric.js";

type Context = RequestContext<LedgerTools>;

@Resolver(() => MetricObjectType)
export class MetricResolver {
  @Query(() => MetricObjectType, {
    nullable: true,
    description: "One metric; null when it does not exist or the caller may not see it.",
  })
  async metric(
    @Ctx() { tools, caller }: Context,
    @Arg("key", () => String, { description: "Key of the metric." }) key: string,
    @Arg("project", () => String, {
      nullable: true,
      description: "Key of the project; the API key's own or `default` when absent.",
    })
    project?: string | null,
  ): Promise<MetricObjectType | null> {
    return nullIfNotFound(findMetric(tools, caller, project, key));
  }

  @Query(() => MetricConnection, { description: "The metrics of a project, by key." })
  async metrics(
    @Ctx() { tools, caller }: Context,
    @Args(() => MetricsArguments) query: MetricsArguments,
  ): Promise<MetricConnection> {
    return new MetricConnection(await listMetrics(tools, caller, query));
  }

  @Mutation(() => MetricObjectType, { description: "Creates a metric. Needs the role DEVELOPER." })
  async createMetric(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CreateMetricInput, { description: "The new metric." }) input: CreateMetricInput,
  ): Promise<MetricObjectType> {
    return createMetric(tools, caller, input);
  }

  @Mutation(() => MetricObjectType, {
    description:
      "Changes a metric. What is being measured goes on as it began: a new attribution window or cap counts for what is started afterwards. " +
      "CONFLICT for an archived metric, and for what cannot change any more. Needs the role DEVELOPER.",
  })
  async updateMetric(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateMetricInput, { description: "The change." }) input: UpdateMetricInput,
  ): Promise<MetricObjectType> {
    return updateMetric(tools, caller, input);
  }

  @Mutation(() => MetricObjectType, {
    description:
      "Archives a metric: nothing new can be measured by it, and what was measured stays. " +
      "CONFLICT while something that runs measures it, or a ratio is made of it, listing them. Needs the role MANAGER.",
  })
  async archiveMetric(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => MetricRefInput, { description: "Which metric." }) input: MetricRefInput,
  ): Promise<MetricObjectType> {
    return archiveMetric(tools, caller, input);
  }

  @Mutation(() => MetricObjectType, {
    description:
      "Brings an archived metric back. CONFLICT for a ratio while a metric that it is made of is archived. Needs the role MANAGER.",
  })
  async restoreMetric(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => MetricRefInput, { description: "Which metric." }) input: MetricRefInput,
  ): Promise<MetricObjectType> {
    return restoreMetric(tools, caller, input);
  }

  @FieldResolver(() => ProjectType, { description: "The project that the metric belongs to." })
  async project(@Root() metric: Metric, @Ctx() { loaders }: Context): Promise<ProjectType> {
    const project = await loaders.of(projectByKey).load(metric.project);
    if (project === null) throw notFound("Project", metric.project);
    return project;
  }

  @FieldResolver(() => MetricObjectType, {
    nullable: true,
    description: "RATIO: the metric above the line; null for other types.",
  })
  async numerator(
    @Root() { project, numerator }: Metric,
    @Ctx() { loaders }: Context,
  ): Promise<MetricObjectType | null> {
    return numerator === null ? null : loaders.of(metricByName).load({ project, key: numerator });
  }

  @FieldResolver(() => MetricObjectType, {
    nullable: true,
    description: "RATIO: the metric below the line; null for other types.",
  })
  async denominator(
    @Root() { project, denominator }: Metric,
    @Ctx() { loaders }: Context,
  ): Promise<MetricObjectType | null> {
    return denominator === null ? null : loaders.of(metricByName).load({ project, key: denominator });
  }

  @FieldResolver(() => AuditEventType, {
    nullable: true,
    description: "The newest change of the metric.",
  })
  async lastChange(
    @Root() { project, key }: Metric,
    @Ctx() { loaders }: Context,
  ): Promise<AuditEventType | null> {
    return loaders.of(lastChangeOf).load({ project, subjectType: AuditSubject.METRIC, subject: key });
  }

  @FieldResolver(() => AuditEventConnection, { description: "All changes of the metric, newest first." })
  async history(
    @Root() { project, key }: Metric,
    @Ctx() { tools, caller }: Context,
    @Args(() => ForwardPage) page: ForwardPage,
  ): Promise<AuditEventConnection> {
    const subject = { project, subjectType: AuditSubject.METRIC, subject: key };
    return new AuditEventConnection(await historyOf(tools, caller, subject, page));
  }
}
