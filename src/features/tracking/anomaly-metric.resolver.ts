/** Leads from an anomaly to its metric, which the room that lists anomalies does not know. */
import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { notFound } from "../../platform/problems.js";
import { type Anomaly, AnomalyType } from "../analytics/index.js";
import type { LedgerTools } from "../ledger/index.js";
import type { RequestContext } from "../permissions/index.js";
import { metricByName } from "./metric.loaders.js";
import { MetricObjectType } from "./metric.types.js";

@Resolver(() => AnomalyType)
export class AnomalyMetricResolver {
  @FieldResolver(() => MetricObjectType, {
    nullable: true,
    description: "The metric; null for EVALUATIONS, which are of a flag alone.",
  })
  async metric(
    @Root() { project, metric }: Anomaly,
    @Ctx() { loaders }: RequestContext<LedgerTools>,
  ): Promise<MetricObjectType | null> {
    if (metric === null) return null;
    const found = await loaders.of(metricByName).load({ project, key: metric });
    if (found === null) throw notFound("Metric", metric);
    return found;
  }
}
