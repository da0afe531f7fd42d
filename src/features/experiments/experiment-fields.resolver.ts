/** The fields of experiments that are worked out or looked up: whom they are for, what is compared, and what they belong to. */
import { Args, Ctx, FieldResolver, Float, Resolver, Root } from "type-graphql";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import { JsonScalar } from "../../platform/graphql/scalars.js";
import { notFound } from "../../platform/problems.js";
import { type Environment, environmentByName, EnvironmentType } from "../environments/index.js";
import { type Flag, flagByName, FlagObjectType, lastChangeOf, settingsOfFlag } from "../flags/index.js";
import {
  AuditEventConnection,
  AuditEventType,
  AuditSubject,
  historyOf,
  type LedgerTools,
} from "../ledger/index.js";
import type { RequestContext } from "../permissions/index.js";
import { projectByKey, ProjectType } from "../projects/index.js";
import { summarizeCondition, writeCondition, type WrittenCondition } from "../segments/index.js";
import { type Metric, metricByName, MetricObjectType } from "../tracking/index.js";
import type { Experiment, ExperimentMetric, LayerShare } from "./experiment.js";
import { layerByName } from "./experiment.loaders.js";
import { manual } from "./experiment-manual.js";
import { writeArms, writeShare } from "./experiment-output.js";
import { decisionsOf } from "./experiment.queries.js";
import {
  ExperimentArmType,
  ExperimentDecisionConnection,
  ExperimentLayerShareType,
  ExperimentMetricType,
  ExperimentObjectType,
} from "./experiment.types.js";
import type { PlanTools } from "./plan/past-of-metric.js";
import { warningsOf } from "./experiment-warnings.js";
import type { Layer } from "./layers/layer.js";
import { LayerType } from "./layers/layer.types.js";

type Context = RequestContext<LedgerTools & Pick<PlanTools, "now">>;

/** With the project that its key is of. */
type Placed<T> = T & Pick<Experiment, "project">;

@Resolver(() => ExperimentObjectType)
export class ExperimentFieldResolver {
  @FieldResolver(() => ProjectType, { description: "The project that the experiment belongs to." })
  async project(@Root() experiment: Experiment, @Ctx() { loaders }: Context): Promise<ProjectType> {
    const project = await loaders.of(projectByKey).load(experiment.project);
    if (project === null) throw notFound("Project", experiment.project);
    return project;
  }

  @FieldResolver(() => EnvironmentType, { description: "The environment in which it takes place." })
  async environment(@Root() experiment: Experiment, @Ctx() { loaders }: Context): Promise<Environment> {
    const environment = await loaders.of(environmentByName).load(experiment);
    if (environment === null) throw notFound("Environment", experiment.environment);
    return environment;
  }

  @FieldResolver(() => FlagObjectType, { description: "The flag whose variants are compared." })
  async flag(@Root() { project, flag: key }: Experiment, @Ctx() { loaders }: Context): Promise<Flag> {
    const flag = await loaders.of(flagByName).load({ project, key });
    if (flag === null) throw notFound("Flag", key);
    return flag;
  }

  @FieldResolver(() => JsonScalar, {
    description: `${manual.audience}: a ConditionInput without its absent members, which can be sent back. \`{ all: [] }\` means everybody.`,
  })
  audience(@Root() { audience }: Experiment): WrittenCondition {
    return audience === null ? { all: [] } : writeCondition(audience);
  }

  @FieldResolver(() => String, { nullable: true, description: "The audience in words; null: everybody." })
  audienceSummary(@Root() { audience }: Experiment): string | null {
    return audience === null ? null : summarizeCondition(audience);
  }

  @FieldResolver(() => [ExperimentArmType], { description: manual.arms })
  arms(@Root() { arms }: Experiment): readonly ExperimentArmType[] {
    return writeArms(arms);
  }

  @FieldResolver(() => [ExperimentMetricType], { description: "What it is measured by, in their order." })
  metrics(@Root() { project, metrics }: Experiment): readonly Placed<ExperimentMetric>[] {
    return metrics.map((metric) => ({ ...metric, project }));
  }

  @FieldResolver(() => ExperimentLayerShareType, {
    nullable: true,
    description: `${manual.layer} null: it is in none.`,
  })
  layer(@Root() { project, layer }: Experiment): Placed<LayerShare> | null {
    return layer === null ? null : { ...layer, project };
  }

  @FieldResolver(() => [String], {
    description:
      "What keeps people out of it without anybody having meant it, in sentences: the flag is off, has targets, prerequisites or rules ahead. Of a draft also what keeps it from starting: no end where the mode needs one, or an end that is past. Empty once it is over.",
  })
  async warnings(
    @Root() experiment: Experiment,
    @Ctx() { tools, loaders }: Context,
  ): Promise<readonly string[]> {
    const { project, flag: key } = experiment;
    const settings = await loaders.of(settingsOfFlag).load({ project, key });
    const own = settings.find(({ environment }) => environment === experiment.environment);
    return own === undefined ? [] : warningsOf(experiment, own, tools.now());
  }

  @FieldResolver(() => AuditEventType, {
    nullable: true,
    description: "The newest change of the experiment.",
  })
  async lastChange(
    @Root() { project, key }: Experiment,
    @Ctx() { loaders }: Context,
  ): Promise<AuditEventType | null> {
    return loaders.of(lastChangeOf).load({ project, subjectType: AuditSubject.EXPERIMENT, subject: key });
  }

  @FieldResolver(() => AuditEventConnection, {
    description:
      "All changes of the experiment, newest first. What it did to its flag is in the history of that.",
  })
  async history(
    @Root() { project, key }: Experiment,
    @Ctx() { tools, caller }: Context,
    @Args(() => ForwardPage) page: ForwardPage,
  ): Promise<AuditEventConnection> {
    const subject = { project, subjectType: AuditSubject.EXPERIMENT, subject: key };
    return new AuditEventConnection(await historyOf(tools, caller, subject, page));
  }

  @FieldResolver(() => ExperimentDecisionConnection, {
    description: "What Halyard did to it by itself, newest first.",
  })
  async decisions(
    @Root() { id }: Experiment,
    @Ctx() { tools }: Context,
    @Args(() => ForwardPage) page: ForwardPage,
  ): Promise<ExperimentDecisionConnection> {
    return new ExperimentDecisionConnection(await decisionsOf(tools, id, page));
  }
}

@Resolver(() => ExperimentMetricType)
export class ExperimentMetricResolver {
  @FieldResolver(() => MetricObjectType, { description: "The metric." })
  async metric(
    @Root() { project, metric: key }: Placed<ExperimentMetric>,
    @Ctx() { loaders }: Context,
  ): Promise<Metric> {
    const metric = await loaders.of(metricByName).load({ project, key });
    if (metric === null) throw notFound("Metric", key);
    return metric;
  }
}

@Resolver(() => ExperimentLayerShareType)
export class ExperimentLayerShareResolver {
  @FieldResolver(() => LayerType, { description: "The layer." })
  async layer(
    @Root() { project, layer: key }: Placed<LayerShare>,
    @Ctx() { loaders }: Context,
  ): Promise<Layer> {
    const layer = await loaders.of(layerByName).load({ project, key });
    if (layer === null) throw notFound("Layer", key);
    return layer;
  }

  @FieldResolver(() => Float, { description: "Where the part begins, in percent; inclusive." })
  fromPercent(@Root() share: LayerShare): number {
    return writeShare(share).fromPercent;
  }

  @FieldResolver(() => Float, { description: "Where the part ends, in percent; exclusive." })
  toPercent(@Root() share: LayerShare): number {
    return writeShare(share).toPercent;
  }
}
