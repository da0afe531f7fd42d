/** The subscription `experimentResults`: the results as they are, and again whenever they are other ones. */
import {
  ended,
  type DeliveryTools,
  type Feed,
  feedOf,
  type FeedSource,
  type Stepped,
} from "../../delivery/index.js";
import { type Caller, isPermitted, isUndecided } from "../../permissions/index.js";
import { findExperiment } from "../experiment.queries.js";
import type { Results } from "./desk.js";
import type { WatchedExperiment } from "./watch.js";
import type { Analysed } from "./results.js";

export interface LiveResultsTools extends Pick<DeliveryTools, "database" | "delivery" | "recognise"> {
  readonly results: Results;
}

/** What was told last; null: nothing yet. */
type Cursor = Analysed | null;

/**
 * Throws like `findExperiment`. Many changes at a time are one message, and there are five seconds between two at least. Ends when the caller may no
 * longer read experiments there, and when this one is gone.
 */
export async function liveResults(
  tools: LiveResultsTools,
  caller: Caller,
  project: string | null | undefined,
  key: string,
): Promise<Feed<Cursor, Analysed>> {
  return feedOf(new Watch(tools, caller, await findExperiment(tools, caller, project, key)));
}

class Watch implements FeedSource<Cursor, Analysed> {
  readonly start = null;

  constructor(
    private readonly tools: LiveResultsTools,
    private readonly caller: Caller,
    private readonly experiment: WatchedExperiment,
  ) {}

  topic(): string {
    return this.experiment.id;
  }

  /** A change of the ledger may be one of the caller's rights. */
  listen(wake: () => void): () => void {
    const { results, delivery } = this.tools;
    const stops = [results.watch.listen(this.experiment, wake), delivery.reader.onAdvance(wake)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  step(cursor: Cursor): Stepped<Cursor, Analysed> | Promise<Stepped<Cursor, Analysed>> {
    const caller = this.tools.recognise(this.caller);
    if (isUndecided(caller)) return { cursor, event: undefined };
    const { project } = this.experiment;
    if (!isPermitted(caller, "experiment:read", { project })) return ended;
    const latest = this.tools.results.watch.latest(this.experiment);
    return latest instanceof Promise ? latest.then((found) => stepTo(found, cursor)) : stepTo(latest, cursor);
  }

  /** Nothing is kept for others: what was found last is kept as long as somebody listens. */
  forget(): void {}
}

function stepTo(latest: Analysed | null, cursor: Cursor): Stepped<Cursor, Analysed> {
  if (latest === null) return ended;
  return { cursor: latest, event: latest === cursor ? undefined : latest };
}
