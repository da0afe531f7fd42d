/** The GraphQL enum of the ways in which results of experiments are judged. */
import { registerEnumType } from "type-graphql";
import { AnalysisMode } from "./experiment.js";

registerEnumType(AnalysisMode, {
  name: "AnalysisMode",
  description: "How the results of an experiment are judged.",
  valuesConfig: {
    ANYTIME: {
      description:
        "Results hold whenever they are looked at, and however often: the experiment may end at any moment.",
    },
    GROUP_SEQUENTIAL: {
      description:
        "Results hold at looks until a date that is set beforehand; it needs fewer units than ANYTIME.",
    },
    FIXED_HORIZON: {
      description: "Results hold at one look, at a date that is set beforehand: until then they say nothing.",
    },
  },
});

export { AnalysisMode };
