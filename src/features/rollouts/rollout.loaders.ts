/** What lists of flags and rollouts lead to, read for the whole list at once. */
import DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import type { FlagEnvironment } from "../flags/index.js";
import type { Look } from "./judge-rollout.js";
import { lookAt } from "./look.js";
import type { GuardedRollout } from "./rollout.js";
import { listLiveOfFlags } from "./rollout.store.js";

interface Tools {
  readonly database: Database;
}

type Place = Pick<FlagEnvironment, "project" | "flag" | "environment">;

/** The live rollout of a flag in an environment; null where there is none. One statement a project, nearly always one. */
export function liveRolloutOf({ database }: Tools): DataLoader<Place, GuardedRollout | null, string> {
  const textOf = ({ project, flag, environment }: Place) => `${project}/${environment}/${flag}`;
  const batch = async (places: readonly Place[]): Promise<(GuardedRollout | null)[]> => {
    const found = new Map<string, GuardedRollout>();
    for (const project of new Set(places.map((place) => place.project))) {
      const flags = new Set(places.filter((place) => place.project === project).map(({ flag }) => flag));
      for (const rollout of await listLiveOfFlags(database, project, [...flags])) {
        found.set(textOf(rollout), rollout);
      }
    }
    return places.map((place) => found.get(textOf(place)) ?? null);
  };
  return new DataLoader(batch, { cacheKeyFn: textOf });
}

/** What is known of a rollout at this moment; once for all its fields. */
export function lookOfRollout({ database }: Tools): DataLoader<GuardedRollout, Look, string> {
  return new DataLoader(
    async (rollouts: readonly GuardedRollout[]) => {
      const looks: Look[] = [];
      for (const rollout of rollouts) looks.push(await lookAt(database, rollout));
      return looks;
    },
    { cacheKeyFn: ({ id, version }) => `${id} ${version}` },
  );
}
