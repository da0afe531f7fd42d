/** Where results are asked for: many who look at one experiment cost one analysis, and its units are gone through for one of them. */
import type { Database } from "../../../platform/database/index.js";
import type { Log } from "../../../platform/log.js";
import type { Instruments } from "../../../platform/metrics.js";
import { readUnits } from "../../tracking/index.js";
import { analysingSlices, type SliceResults } from "../analysis/slices.js";
import type { Experiment } from "../experiment.js";
import { analyseExperiment } from "./analyse-experiment.js";
import { inTurns } from "./in-turns.js";
import { SharedWork } from "./sharing.js";
import { ResultsWatch } from "./watch.js";
import type { Analysed } from "./results.js";

export interface ResultsOptions {
  readonly database: Database;
  readonly log: Log;
  readonly metrics: Instruments;
  /** Epoch milliseconds; never goes back. */
  readonly now: () => number;
  /** How often those who watch are told, at most; five seconds unless given. */
  readonly watchEveryMs?: number;
}

/** The results by the value of an attribute, of the largest parts only. */
export interface SlicedResults extends SliceResults {
  /** How many smaller parts are left out. */
  readonly omitted: number;
}

/** What the use cases that read results are given. */
export interface Results {
  /** Of that version of the experiment, from sums that were read no longer than five seconds ago; or after `after`, epoch milliseconds. */
  readonly of: (experiment: Experiment, after?: number) => Promise<Analysed>;
  /** By an attribute that the experiment keeps; at most a minute old. */
  readonly sliced: (analysed: Analysed, attribute: string) => Promise<SlicedResults>;
  readonly watch: ResultsWatch;
  /** To be closed before the database is. */
  readonly close: () => Promise<void>;
}

const resultsKeptMs = 5_000;
const slicesKeptMs = 60_000; // all units are gone through
/** What is looked into in small parts is mostly chance. */
export const maxSliceResults = 20;

export function createResults(options: ResultsOptions): Results {
  const { database, metrics, now } = options;
  const countAnalysis = metrics.counter(
    "halyard_experiment_analyses_total",
    "Analyses of experiments, each for all who looked within five seconds",
  );
  const analyses = new SharedWork<Analysed>(now, resultsKeptMs);
  const slices = new SharedWork<SlicedResults>(now, slicesKeptMs);
  const of: Results["of"] = async (experiment, after) => {
    const work = async () => {
      countAnalysis();
      return analyseExperiment({ database, now }, experiment);
    };
    return analyses.of(`${experiment.id} ${experiment.version}`, work, after);
  };
  const watch = new ResultsWatch({ ...options, read: of });
  return {
    of,
    sliced: async (analysed, attribute) => {
      const { id, version } = analysed.input.experiment;
      return slices.of(JSON.stringify([id, version, attribute]), async () =>
        slice(database, analysed, attribute),
      );
    },
    watch,
    close: async () => watch.close(),
  };
}

async function slice(database: Database, { input }: Analysed, attribute: string): Promise<SlicedResults> {
  const { slices, omitted } = await readUnits(database, input.experiment.id, attribute, maxSliceResults);
  return { ...(await inTurns(analysingSlices(input, { attribute, slices }))), omitted };
}
