/** The definitions of an environment for evaluators elsewhere: all of them once, then what changed. */
import { definitions, deltaBetween, type Ruleset, type RulesetDelta } from "../../evaluation/index.js";
import { type Caller, isPermitted, isUndecided } from "../permissions/index.js";
import type { DeliveryTools } from "./delivery.js";
import type { LiveEnvironment } from "./live-environment.js";
import { ended, LiveStream } from "./live-stream.js";
import { liveEnvironmentAt, permitPlace, type PlaceArguments, placeOf } from "./place.js";

export interface RulesetUpdate extends RulesetDelta {
  /** Whether `put` is everything. */
  readonly snapshot: boolean;
  /** The `to` of the update before; null for a snapshot. */
  readonly from: string | null;
  readonly to: string;
}

export interface LiveRulesetArguments extends PlaceArguments {
  /** The `to` of the update received last. */
  readonly since?: string | null | undefined;
}

const action = "ruleset:read";
const nothing = { flags: [], segments: [] } as const;

/** Everything that decides the answers of one environment. No I/O. */
export function ruleset(
  { delivery }: Pick<DeliveryTools, "delivery">,
  caller: Caller,
  args: PlaceArguments,
): Ruleset {
  const place = permitPlace(delivery.snapshots, caller, action, args);
  const { snapshot } = liveEnvironmentAt(delivery.snapshots, place);
  return { formatVersion: 1, revision: delivery.revision(), ...place, ...definitions(snapshot) };
}

/** First everything, unless `since` is the present revision; then each time what differs from what was told last. */
export function liveRuleset(
  { delivery, recognise }: DeliveryTools,
  caller: Caller,
  args: LiveRulesetArguments,
): LiveStream<RulesetUpdate> {
  const place = permitPlace(delivery.snapshots, caller, action, args);
  let told: { readonly live: LiveEnvironment; readonly revision: string } | undefined;
  const next = (): RulesetUpdate | undefined | typeof ended => {
    const live = delivery.snapshots.find(place.project, place.environment);
    const today = recognise(caller);
    if (isUndecided(today)) return undefined;
    if (live === undefined || !isPermitted(today, action, placeOf(place))) return ended;
    const to = delivery.revision();
    const before = told;
    if (before === undefined) {
      told = { live, revision: to };
      if (args.since === to) return undefined;
      return { snapshot: true, from: null, to, put: definitions(live.snapshot), remove: nothing };
    }
    const delta = deltaBetween(before.live.snapshot, live.snapshot);
    if (isEmpty(delta)) return undefined;
    told = { live, revision: to };
    return { snapshot: false, from: before.revision, to, ...delta };
  };
  return new LiveStream((wake) => delivery.hub.listen(place, wake), next);
}

function isEmpty({ put, remove }: RulesetDelta): boolean {
  return [put, remove].every(({ flags, segments }) => flags.length === 0 && segments.length === 0);
}
