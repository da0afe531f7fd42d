/** A subscriber to `flagChanges`: every change of flags and segments, each once, in the order of the ledger. */
import type { Change } from "../../../src/features/ledger/index.js";
import type { Held, Operation } from "./held.js";
import { isBefore, type Place, placeOf } from "./positions.js";
import type { Truth } from "./truth.js";
import { place } from "./world.js";

interface Told {
  readonly revision: string;
  readonly kind: string;
  readonly flagKey: string | null;
}

const query = `subscription ($environment: String!, $project: String!, $since: String) {
  flagChanges(environment: $environment, project: $project, since: $since) { revision kind flagKey }
}`;

export class HeldChanges implements Held {
  readonly name = "flagChanges";
  taken = 0;
  resyncs = 0;
  #since: string;
  /** Up to here it was found to have heard everything. */
  #agreedTo: Place;
  #told: Told[] = [];

  /** `since`: the revision to begin after. */
  constructor(since: string) {
    this.#since = since;
    this.#agreedTo = placeOf(since);
  }

  operation(): Operation {
    return { query, variables: { ...place, since: this.#since } };
  }

  take(data: unknown): string | null {
    const told = (data as { flagChanges: Told }).flagChanges;
    const before = this.#since;
    this.taken += 1;
    this.#since = told.revision;
    if (told.kind === "RESYNC") {
      this.resyncs += 1;
      this.#told = [];
      this.#agreedTo = placeOf(told.revision);
      return null;
    }
    this.#told.push(told);
    return isBefore(placeOf(before), placeOf(told.revision))
      ? null
      : `was told ${told.revision} after ${before}`;
  }

  differsFrom({ rows, head }: Truth): string | null {
    const wanted = rows.filter((row) => row.seq > this.#agreedTo.seq && isTold(row));
    for (const [index, row] of wanted.entries()) {
      const told = this.#told[index];
      if (told === undefined) return `has not heard of row ${row.seq} (${row.kind} of ${row.subject})`;
      if (placeOf(told.revision).seq !== row.seq)
        return `was told of ${told.revision} where row ${row.seq} was next`;
    }
    return this.#told.length > wanted.length ? `was told more than the ledger has up to ${head.seq}` : null;
  }

  agreed({ head }: Truth): void {
    this.#agreedTo = head;
    this.#told = [];
  }
}

function isTold({ subjectType, project, environment }: Change): boolean {
  const isHere = project === place.project && (environment === null || environment === place.environment);
  return isHere && (subjectType === "FLAG" || subjectType === "SEGMENT");
}
