/** What the members of an experiment mean, said once for what is sent and what is read. */

export const manual = {
  name: "Name for people.",
  hypothesis: "What is expected to happen, and why: the sentence that the results are read against.",
  attribute:
    "Path of the attribute by whose value people are told apart: whoever has one value has one variant, and what they do is counted together. " +
    "`targetingKey` for people, `account.id` for companies whose people must all see the same. Events are tracked with this value as their `unit`.",
  control: "The variant that all others are compared with: what there is now.",
  traffic:
    "Which share of those who qualify takes part, in percent. The others get what the flag serves without the experiment, and count nowhere.",
  mode: "How the results are judged.",
  alpha:
    "The error that is accepted: how likely a difference is found where there is none, over all primary metrics and variants together. 0.05 is one in twenty.",
  minimumEffect:
    "The least lift of a primary metric that is worth a change, as a share of the control's value: 0.02 is 2 %. Nothing less is promoted by itself. 0: any.",
  plannedUnits:
    "ANYTIME: for how many people in all the intervals are to be narrowest; other modes: how many are planned for. `planExperiment` works it out.",
  startsAt: "When it starts by itself, once it was scheduled with `startExperiment`.",
  endsAt:
    "When it ends by itself: it is STOPPED then, and the flag serves what it served before, until somebody concludes it.",
  minimumRuntimeDays:
    "Whole days without a pause before which nothing is promoted by itself. Weeks are best, since people are not the same on Sundays.",
  promotesAutomatically:
    "Whether a variant that is proven better, while no guardrail is worse, becomes what everybody gets who qualifies, without anybody asked. Not together with `optimises`, since nothing is promoted while shares move.",
  rollsBackAutomatically:
    "Whether the experiment is concluded by itself where a guardrail is proven worse, so that the flag serves what it served before. Needs a metric with the role GUARDRAIL.",
  optimises:
    "Whether shares move to the variants that do better while it runs: once a day, by the first primary metric, and none below 2 %. It earns more meanwhile, and tells less precisely by how much.",
  adjustsForPast:
    "Whether what people did in the two weeks before is taken out of what they do now, by the first primary metric that is a CONVERSION, COUNT or SUM: the same certainty comes with fewer people.",
  slices:
    "Paths of attributes by which results can be told apart, such as `country`: their values are kept of everybody who takes part, so name none that is a secret.",
  role: "What the metric is for.",
  margin:
    "GUARDRAIL: by which share of the control's value it may get worse before that counts, above 0 and at most 1. 0.01: what had 200 in 1 000 may have 198. " +
    "That it does not get that much worse is to be proven before anything is promoted, which takes as many people as finding an effect of that size.",
  arms: "The variants that are compared, and the share of those who take part that each gets.",
  audience: "Who qualifies",
  layer:
    "The part of a layer that the experiment has. Experiments with parts of one layer that do not overlap have nobody in common.",
} as const;

export const projectDescription = "Key of the project; the API key's own or `default` when absent.";
export const versionDescription =
  "The version that the change builds on; another current version is a CONFLICT.";
/** Of what belongs to an environment. */
export const requiredVersionDescription = `${versionDescription} Must be given where the environment has \`requireExpectedVersion\`.`;
