/** Reading results, as far as the caller may know of the experiment. */
import type { Database } from "../../../platform/database/index.js";
import { Mistakes } from "../../../platform/input.js";
import { quote } from "../../../platform/problems.js";
import type { Caller } from "../../permissions/index.js";
import { toCsv, toJson } from "../analysis/export.js";
import { type Experiment, nameOf } from "../experiment.js";
import { findExperiment } from "../experiment.queries.js";
import type { Results, SlicedResults } from "./desk.js";
import type { Analysed } from "./results.js";

export interface ResultTools {
  readonly database: Database;
  readonly results: Results;
}

export const ExportFormat = { CSV: "CSV", JSON: "JSON" } as const;
export type ExportFormat = (typeof ExportFormat)[keyof typeof ExportFormat];

export interface ResultsFile {
  readonly fileName: string;
  readonly mediaType: string;
  readonly content: string;
}

/** At most five seconds old. For an experiment that the caller may see. */
export async function resultsOf({ results }: ResultTools, experiment: Experiment): Promise<Analysed> {
  return results.of(experiment);
}

/** For results that the caller may see. Throws BAD_USER_INPUT for an attribute that the experiment does not keep. */
export async function slicedResults(
  { results }: ResultTools,
  analysed: Analysed,
  attribute: string,
): Promise<SlicedResults> {
  const { experiment } = analysed.input;
  const mistakes = new Mistakes();
  if (!experiment.slices.includes(attribute)) {
    const kept =
      experiment.slices.length === 0 ? "none" : experiment.slices.map((one) => quote(one)).join(", ");
    mistakes.add(
      "attribute",
      `must be one that ${nameOf(experiment)} keeps (${kept}), got ${quote(attribute)}.`,
    );
  }
  mistakes.throwIfAny();
  return results.sliced(analysed, attribute);
}

/** Throws like `findExperiment`. */
export async function exportResults(
  tools: ResultTools,
  caller: Caller,
  {
    key,
    project,
    format,
  }: { readonly key: string; readonly project?: string | null; readonly format: ExportFormat },
): Promise<ResultsFile> {
  const experiment = await findExperiment(tools, caller, project, key);
  const { results } = await resultsOf(tools, experiment);
  const name = `${experiment.key}-results`;
  switch (format) {
    case "CSV":
      return { fileName: `${name}.csv`, mediaType: "text/csv; charset=utf-8", content: toCsv(results) };
    case "JSON":
      return { fileName: `${name}.json`, mediaType: "application/json", content: toJson(results) };
  }
}
