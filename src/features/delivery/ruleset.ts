/** The definitions of an environment for evaluators elsewhere: all of them once, then what changed. */
import { definitions, deltaBetween, type Ruleset, type RulesetDelta } from "../../evaluation/index.js";
import { canonicalJson } from "../ledger/index.js";
import { type Caller, isPermitted, isUndecided } from "../permissions/index.js";
import type { LiveEnvironment } from "../snapshots/index.js";
import { putOff, welcome } from "./arrival.js";
import type { DeliveryTools } from "./delivery.js";
import { ended, type Feed, type FeedSource, type Step, type Stepped } from "./feed.js";
import { feedOf } from "./live-stream.js";
import { liveEnvironmentAt, permitPlace, type PlaceArguments, type PlaceKeys, placeOf } from "./place.js";

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

/** What somebody holds, and the revision that it was told under; or somebody who comes, with a revision or null. */
type Cursor = Held | string | null;

interface Held {
  readonly live: LiveEnvironment;
  readonly revision: string;
}

/** First everything, unless `since` is the present revision; then each time what differs from what was told last. */
export function liveRuleset(
  tools: DeliveryTools,
  caller: Caller,
  args: LiveRulesetArguments,
): Feed<Cursor, RulesetUpdate> {
  const place = permitPlace(tools.delivery.snapshots, caller, action, args);
  return feedOf(new RulesetFeed(tools, caller, place, args.since ?? null));
}

class RulesetFeed implements FeedSource<Cursor, RulesetUpdate> {
  /** The newest that was told: whoever is told the same stands at this very object. */
  #latest: Held | undefined;
  /** Everything, for those who come just after each other. */
  #whole: Step<Held, RulesetUpdate> | undefined;

  constructor(
    private readonly tools: DeliveryTools,
    private readonly caller: Caller,
    private readonly place: PlaceKeys,
    readonly start: string | null,
  ) {}

  topic(): string {
    return canonicalJson(this.place);
  }

  listen(wake: () => void): () => void {
    return this.tools.delivery.hub.listen(this.place, wake);
  }

  step(cursor: Cursor): Stepped<Cursor, RulesetUpdate> | Promise<Stepped<Cursor, RulesetUpdate>> {
    const { delivery, recognise } = this.tools;
    const today = recognise(this.caller);
    if (isUndecided(today)) return putOff(delivery.hub, cursor);
    if (!isPermitted(today, action, placeOf(this.place))) return ended;
    if (cursor !== null && typeof cursor === "object") return this.#later(cursor);
    return welcome(delivery, cursor, (since) => this.#first(since));
  }

  forget(): void {
    this.#whole = undefined;
  }

  #first(since: string | null): Stepped<Held, RulesetUpdate> {
    const held = this.#present();
    if (held === undefined) return ended;
    if (since === held.revision) return { cursor: held, event: undefined };
    if (this.#whole?.cursor === held) return this.#whole;
    const put = definitions(held.live.snapshot);
    const event = { snapshot: true, from: null, to: held.revision, put, remove: nothing };
    return (this.#whole = { cursor: held, event });
  }

  #later(before: Held): Stepped<Held, RulesetUpdate> {
    const { delivery } = this.tools;
    const { project, environment } = this.place;
    const live = delivery.snapshots.find(project, environment);
    if (live === undefined) return ended;
    if (live === before.live) return { cursor: before, event: undefined };
    const delta = deltaBetween(before.live.snapshot, live.snapshot);
    if (isEmpty(delta)) return { cursor: { live, revision: before.revision }, event: undefined };
    const held = this.#latest?.live === live ? this.#latest : this.#present();
    if (held === undefined) return ended;
    return { cursor: held, event: { snapshot: false, from: before.revision, to: held.revision, ...delta } };
  }

  /** What there is to hold now, under the present revision. */
  #present(): Held | undefined {
    const { delivery } = this.tools;
    const live = delivery.snapshots.find(this.place.project, this.place.environment);
    const revision = delivery.revision();
    const latest = this.#latest;
    if (live === undefined) return undefined;
    if (latest?.live === live && latest.revision === revision) return latest;
    return (this.#latest = { live, revision });
  }
}

function isEmpty({ put, remove }: RulesetDelta): boolean {
  return [put, remove].every(({ flags, segments }) => flags.length === 0 && segments.length === 0);
}
