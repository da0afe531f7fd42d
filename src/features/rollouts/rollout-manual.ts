/** What the members of a guarded rollout mean, said once for what is sent and what is read. */

export const manual = {
  key: "A name for people, such as the name of the release. It need not be unique; operations name a rollout by its `id`.",
  variant: "The variant that reaches more and more people.",
  baseline:
    "What all others who qualify get, and what the variant is compared with. While the rollout is live it is shown and measured like the variant.",
  attribute:
    "Path of the attribute by whose value people are told apart: whoever has one value has one variant, and what they do is counted together. " +
    "`targetingKey` for people, `account.id` for companies whose people must all see the same. Events are tracked with this value as their `unit`.",
  percent: "The variant's share of those who qualify, in percent, at most three decimals.",
  hours:
    "Hours that the step lasts at least. They begin anew when the rollout is resumed after a pause, and when the flag is on again after it was off.",
  units:
    "How many must be shown the variant in this step who had not taken part before. Everybody is counted once in a rollout: where the same people come every day, use hours.",
  approval:
    "Whether somebody must call `approveStep` before the next step. It is asked for once everything else of the hold is met, and may be given before.",
  metric: "Key of the metric.",
  margin:
    "By which share of the baseline's value it may get worse, above 0 and at most 1: 0.05 is 5 %. The last step waits until it is proven that the harm is smaller. " +
    "null: it is enough that no harm was found. In whatever step, harm that is certain rolls back, however small it is.",
} as const;
