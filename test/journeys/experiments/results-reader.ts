/** Whoever watches the results of an experiment, on a WebSocket to one process. */
import { type LiveSubscription, liveClient, subscribe } from "../../support/live.js";

export interface Results {
  readonly experiment: { readonly status: string };
  readonly units: number;
  readonly verdict: { readonly state: string; readonly sentence: string };
  readonly checks: readonly { readonly name: string; readonly state: string; readonly sentence: string }[];
  readonly sampleRatio: {
    readonly anytimePValue: number;
    readonly arms: readonly { readonly variant: string; readonly units: number }[];
  };
  readonly automatic: {
    readonly promote: string | null;
    readonly rollBack: readonly string[];
    readonly obstacles: readonly string[];
    readonly standings: readonly object[];
  };
  readonly metrics: readonly {
    readonly metric: { readonly key: string };
    readonly arms: readonly { readonly variant: string; readonly units: number; readonly nonzero: number }[];
    readonly comparisons: readonly {
      readonly lift: number | null;
      readonly guardrail: { readonly state: string; readonly logEvidence: number | null } | null;
    }[];
  }[];
}

const fields = `units experiment { status } verdict { state sentence } checks { name state sentence }
  sampleRatio { anytimePValue arms { variant units } }
  automatic { promote rollBack obstacles standings { variant beatsMinimum unproven breached } }
  metrics { metric { key } arms { variant units nonzero } comparisons { lift guardrail { state logEvidence } } }`;

export class ResultsReader {
  readonly #client: ReturnType<typeof liveClient>;
  readonly #live: LiveSubscription<{ readonly experimentResults: Results }>;
  readonly #seen: Results[] = [];

  constructor(url: string, credential: string, experiment: string) {
    this.#client = liveClient(url, credential);
    const query = `subscription ($key: String!) { experimentResults(key: $key) { ${fields} } }`;
    this.#live = subscribe(this.#client, query, { key: experiment });
  }

  /** What was read so far, for people: how many units it was about, from one verdict to the next. */
  get story(): string {
    const verdicts = this.#seen.map(({ verdict }) => verdict.state);
    const stretches = [...new Set(verdicts)].map((state) => {
      const units = this.#seen
        .filter(({ verdict }) => verdict.state === state)
        .map((results) => results.units);
      const [first, last] = [units[0], units.at(-1)];
      return `${state} ${first === last ? `at ${first}` : `from ${first} to ${last}`} units`;
    });
    return `${verdicts.length} messages: ${stretches.join(", ")}`;
  }

  /** Reads on until results are as wished; throws when nothing comes for `withinMs`. */
  async until(isIt: (results: Results) => boolean, withinMs: number): Promise<Results> {
    for (;;) {
      const { data, errors } = await this.#live.next(withinMs).catch((error: unknown) => {
        const last = JSON.stringify(this.#seen.at(-1));
        throw new Error(`The results did not become what was waited for; last: ${last}`, { cause: error });
      });
      if (!data) throw new Error(`experimentResults: ${JSON.stringify(errors)}`);
      this.#seen.push(data.experimentResults);
      if (isIt(data.experimentResults)) return data.experimentResults;
    }
  }

  async leave(): Promise<void> {
    await this.#client.dispose();
  }
}

/** Units of each variant. */
export function unitsOf({ sampleRatio }: Results): ReadonlyMap<string, number> {
  return new Map(sampleRatio.arms.map(({ variant, units }) => [variant, units]));
}

/** Units of each variant that have an outcome. */
export function outcomesOf({ metrics }: Results, key: string): ReadonlyMap<string, number> {
  const arms = metrics.find(({ metric }) => metric.key === key)?.arms ?? [];
  return new Map(arms.map(({ variant, nonzero }) => [variant, nonzero]));
}
