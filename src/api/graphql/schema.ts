/** The one schema, built from the rooms' resolvers. */
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import { buildSchema, type PubSub } from "type-graphql";
import {
  ApiKeyResolver,
  SessionInfoResolver,
  SessionResolver,
  TwoFactorResolver,
  UserResolver,
} from "../../features/accounts/index.js";
import {
  AnomalyResolver,
  ApiKeyClientsResolver,
  ClientVersionResolver,
  FlagAnalyticsResolver,
  FlagEnvironmentUseResolver,
  FlagUseResolver,
  StaleFlagResolver,
  UnknownFlagResolver,
} from "../../features/analytics/index.js";
import {
  EvaluationResolver,
  FlagChangeResolver,
  RulesetResolver,
  ServerStatusResolver,
} from "../../features/delivery/index.js";
import {
  ApiKeyEnvironmentResolver,
  EnvironmentResolver,
  ProjectEnvironmentsResolver,
} from "../../features/environments/index.js";
import {
  ExperimentFieldResolver,
  ExperimentLayerShareResolver,
  ExperimentMetricResolver,
  ExperimentResolver,
  ExperimentResultsFieldResolver,
  ExperimentResultsResolver,
  ExperimentTemplateResolver,
  FlagEnvironmentExperimentResolver,
  FlagExperimentsResolver,
  HoldoutResolver,
  LayerResolver,
  PlanResolver,
} from "../../features/experiments/index.js";
import {
  FlagEnvironmentFieldResolver,
  FlagEnvironmentResolver,
  FlagFieldResolver,
  FlagResolver,
  FlagUsageResolver,
  RuleResolver,
  SegmentUsageResolver,
} from "../../features/flags/index.js";
import { AuditResolver, AuditVerificationResolver } from "../../features/ledger/index.js";
import {
  ApiKeyProjectResolver,
  ProjectResolver,
  ProjectRoleProjectResolver,
} from "../../features/projects/index.js";
import { SecurityEventResolver } from "../../features/security/index.js";
import {
  FlagEnvironmentRolloutResolver,
  GuardedRolloutFieldResolver,
  GuardedRolloutResolver,
  RolloutGuardrailResolver,
} from "../../features/rollouts/index.js";
import { SegmentResolver } from "../../features/segments/index.js";
import { SettingsResolver } from "../../features/settings/index.js";
import { AnomalyMetricResolver, MetricResolver, TrackingResolver } from "../../features/tracking/index.js";
import { guardRootFields } from "./root-fields.js";

/** In the order of the rooms. */
const resolvers = [
  ...[AuditResolver, AuditVerificationResolver, SecurityEventResolver, SettingsResolver],
  ...[UserResolver, SessionResolver, SessionInfoResolver, TwoFactorResolver, ApiKeyResolver],
  ...[ProjectResolver, ProjectRoleProjectResolver, ApiKeyProjectResolver],
  ...[EnvironmentResolver, ProjectEnvironmentsResolver, ApiKeyEnvironmentResolver],
  SegmentResolver,
  ...[FlagResolver, FlagFieldResolver, FlagUsageResolver, SegmentUsageResolver],
  ...[FlagEnvironmentResolver, FlagEnvironmentFieldResolver, RuleResolver],
  ...[EvaluationResolver, FlagChangeResolver, RulesetResolver, ServerStatusResolver],
  ...[FlagAnalyticsResolver, FlagUseResolver, FlagEnvironmentUseResolver, StaleFlagResolver],
  ...[UnknownFlagResolver, ClientVersionResolver, ApiKeyClientsResolver, AnomalyResolver],
  ...[MetricResolver, TrackingResolver, AnomalyMetricResolver],
  ...[GuardedRolloutResolver, GuardedRolloutFieldResolver, RolloutGuardrailResolver],
  FlagEnvironmentRolloutResolver,
  ...[ExperimentResolver, ExperimentFieldResolver, ExperimentMetricResolver, ExperimentLayerShareResolver],
  ...[ExperimentResultsResolver, ExperimentResultsFieldResolver],
  ...[FlagExperimentsResolver, FlagEnvironmentExperimentResolver],
  ...[LayerResolver, HoldoutResolver, ExperimentTemplateResolver],
  PlanResolver,
] as const;

/** The executable schema. */
export async function buildGraphQLSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({ resolvers, validate: false, pubSub: noPubSub });
  guardRootFields(schema);
  return schema;
}

/** TypeGraphQL wants one even where every subscription brings its own stream, as all of ours do. */
const noPubSub: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error("Subscriptions bring their own streams.");
  },
};

/** The schema as `schema.graphql` holds it: sorted, so that a difference is a change. */
export async function printGraphQLSchema(): Promise<string> {
  return `${printSchema(lexicographicSortSchema(await buildGraphQLSchema()))}\n`;
}
