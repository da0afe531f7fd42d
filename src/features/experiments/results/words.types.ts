/** GraphQL enums of what results say. */
import { registerEnumType } from "type-graphql";
import {
  CheckName,
  CheckState,
  Effect,
  GuardrailState,
  Judge,
  Obstacle,
  VerdictState,
} from "../analysis/results.js";
import { ExportFormat } from "./results.queries.js";

registerEnumType(Judge, {
  name: "ExperimentJudge",
  description: "By which method results are judged: whose intervals and p-values count.",
  valuesConfig: {
    ANYTIME: { description: "By the one that holds at any look, however often somebody looks." },
    GROUP_SEQUENTIAL: { description: "By the one that holds at all daily looks together until the end." },
    FIXED_HORIZON: {
      description: "By the one that holds once, at the end. Until then nothing is judged: see `judged`.",
    },
  },
});

registerEnumType(Effect, {
  name: "ExperimentEffect",
  description:
    "Whether a treatment does better than the control by a metric, whichever way that metric is better.",
  valuesConfig: {
    BETTER: {
      description: "It is proven better, by the method that judges and corrected for several tests.",
    },
    WORSE: { description: "It is proven worse, likewise." },
    UNCLEAR: { description: "Neither is proven. That is not the same as no difference." },
  },
});

registerEnumType(GuardrailState, {
  name: "ExperimentGuardrailState",
  description: "Whether a treatment harms what must not get worse.",
  valuesConfig: {
    PROVEN: { description: "The harm, if there is any, is proven to be below the margin." },
    NOT_YET: { description: "Neither harm nor its absence is certain. Nothing is promoted like that." },
    BREACHED: { description: "There is harm: the treatment should be rolled back." },
  },
});

registerEnumType(CheckName, {
  name: "ExperimentCheckName",
  description: "What is checked before results are believed.",
  valuesConfig: {
    SAMPLE_RATIO: {
      description:
        "Whether the variants have the shares of people that they were given. Where they do not, some are missing, and not by chance.",
    },
    CONFLICTS: { description: "Whether people were seen in a variant that is not theirs." },
    EMPTY_ARMS: { description: "Whether every variant was shown to somebody." },
    FEW_UNITS: { description: "Whether there are outcomes enough to decide on." },
  },
});

registerEnumType(CheckState, {
  name: "ExperimentCheckState",
  description: "How a check ended.",
  valuesConfig: {
    PASSED: { description: "All is well." },
    WARNING: { description: "Something to know while reading the results." },
    FAILED: { description: "The results are not to be trusted." },
  },
});

registerEnumType(Obstacle, {
  name: "ExperimentObstacle",
  description: "What holds up the promotion of every treatment.",
  valuesConfig: {
    SAMPLE_RATIO: { description: "The variants do not have the shares of people that they were given." },
    CONFLICTS: { description: "Too many people were seen in a variant that is not theirs." },
    RUNTIME: { description: "It has not run for `minimumRuntimeDays`." },
    ENDED: { description: "`endsAt` has passed." },
  },
});

registerEnumType(VerdictState, {
  name: "ExperimentVerdictState",
  description: "What there is to say of an experiment, in a word.",
  valuesConfig: {
    NOT_STARTED: { description: "It has not started." },
    NO_UNITS: { description: "Nobody has been shown it." },
    UNTRUSTWORTHY: { description: "A check failed: whatever the numbers say, do not believe them." },
    HARMFUL: { description: "A treatment makes a guardrail worse: it is not what people should get." },
    TOO_EARLY: { description: "There are too few outcomes to say anything." },
    BETTER: { description: "A treatment is proven better." },
    WORSE: { description: "Treatments are proven worse." },
    MIXED: {
      description:
        "A treatment is better by one primary metric and worse by another: somebody has to choose.",
    },
    UNDECIDED: { description: "Nothing is proven yet, or it is not time to judge, and it goes on." },
    NO_DIFFERENCE: { description: "It ended, and no difference was found." },
  },
});

registerEnumType(ExportFormat, {
  name: "ExperimentExportFormat",
  description: "As what results are exported.",
  valuesConfig: {
    CSV: {
      description:
        "A table for spreadsheets (RFC 4180): one line of names, and one for each metric and variant. Its last column, `level`, says at which level the bounds hold: 0.95 where alpha is 0.05; `guardrail_harm_least` holds at 0.99, `guardrail_harm_most` at 1 − alpha over the number of treatments.",
    },
    JSON: { description: "Everything, for programs, with every digit." },
  },
});

export { CheckName, CheckState, Effect, ExportFormat, GuardrailState, Judge, Obstacle, VerdictState };
