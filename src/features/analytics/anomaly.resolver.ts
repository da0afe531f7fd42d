/** The query `anomalies`. */
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { notFound } from "../../platform/problems.js";
import { environmentByName, EnvironmentType } from "../environments/index.js";
import { flagByName, FlagObjectType } from "../flags/index.js";
import type { RequestContext } from "../permissions/index.js";
import type { AnalyticsQueryTools } from "./analytics.queries.js";
import { type Anomaly, AnomalyMeasure, describeAnomaly, measureOf } from "./anomaly.js";
import { listedAnomalies } from "./anomaly.queries.js";
import { AnomaliesArgs, AnomalyConnection, AnomalyType } from "./anomaly.types.js";

type Context = RequestContext<AnalyticsQueryTools>;

@Resolver(() => AnomalyType)
export class AnomalyResolver {
  @Query(() => AnomalyConnection, {
    description:
      "Hours in which flags were evaluated, or metrics came in, far more or far less often than in the same hour of the last four weeks, the latest first: two such hours in a row, or one that is beyond all chance. " +
      "And hours in which the rate of a metric in a running experiment or guarded rollout was found to have changed. " +
      "Looked for every hour, in what has been evaluated or tracked for at least four weeks and a day, archived flags and metrics left out, and in rates that were gathered for three days; what goes on is told once a day. Needs the role VIEWER.",
  })
  async anomalies(
    @Ctx() { tools, caller }: Context,
    @Args(() => AnomaliesArgs) args: AnomaliesArgs,
  ): Promise<AnomalyConnection> {
    return new AnomalyConnection(await listedAnomalies(tools, caller, args));
  }

  @FieldResolver(() => String, { description: "What happened, in one sentence with numbers." })
  summary(@Root() anomaly: Anomaly): string {
    return describeAnomaly(anomaly);
  }

  @FieldResolver(() => AnomalyMeasure, { description: "What was out of the ordinary." })
  measure(@Root() anomaly: Anomaly): AnomalyMeasure {
    return measureOf(anomaly);
  }

  @FieldResolver(() => FlagObjectType, {
    nullable: true,
    description: "The flag; null for EVENTS, which are of a metric alone.",
  })
  async flag(
    @Root() { project, flag }: Anomaly,
    @Ctx() { loaders }: Context,
  ): Promise<FlagObjectType | null> {
    if (flag === null) return null;
    const found = await loaders.of(flagByName).load({ project, key: flag });
    if (found === null) throw notFound("Flag", flag);
    return found;
  }

  @FieldResolver(() => EnvironmentType, { description: "The environment." })
  async environment(
    @Root() { project, environment }: Anomaly,
    @Ctx() { loaders }: Context,
  ): Promise<EnvironmentType> {
    const found = await loaders.of(environmentByName).load({ project, environment });
    if (found === null) throw notFound("Environment", environment);
    return found;
  }
}
