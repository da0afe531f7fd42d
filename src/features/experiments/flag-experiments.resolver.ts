/** The fields of flags that lead to the experiments on them. */
import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { type Flag, type FlagEnvironment, FlagEnvironmentType, FlagObjectType } from "../flags/index.js";
import type { LedgerTools } from "../ledger/index.js";
import { permit, type RequestContext } from "../permissions/index.js";
import { type Experiment, isUnderWay } from "./experiment.js";
import { experimentsOfFlag } from "./experiment.loaders.js";
import { ExperimentObjectType } from "./experiment.types.js";

type Context = RequestContext<LedgerTools>;

@Resolver(() => FlagObjectType)
export class FlagExperimentsResolver {
  @FieldResolver(() => [ExperimentObjectType], {
    description: "The experiments on the flag, in whatever environment and status, the newest first.",
  })
  async experiments(
    @Root() { project, key }: Flag,
    @Ctx() { caller, loaders }: Context,
  ): Promise<readonly Experiment[]> {
    permit(caller, "experiment:read", { project });
    return loaders.of(experimentsOfFlag).load({ project, key });
  }
}

@Resolver(() => FlagEnvironmentType)
export class FlagEnvironmentExperimentResolver {
  @FieldResolver(() => ExperimentObjectType, {
    nullable: true,
    description: "The experiment that is RUNNING or PAUSED on the flag here; null: none is.",
  })
  async experiment(
    @Root() { project, flag: key, environment }: FlagEnvironment,
    @Ctx() { caller, loaders }: Context,
  ): Promise<Experiment | null> {
    permit(caller, "experiment:read", { project });
    const experiments = await loaders.of(experimentsOfFlag).load({ project, key });
    return experiments.find((one) => one.environment === environment && isUnderWay(one)) ?? null;
  }
}
