import { expect, it } from "vitest";
import { seal, type AuditSubject } from "../../../src/features/ledger/change.js";
import { summaryOf } from "../../../src/features/ledger/change-summary.js";

function summary(
  kind: string,
  subjectType: AuditSubject,
  subject: string,
  environment: string | null = null,
  body: unknown = {},
): string {
  const actor = { actorId: null, actorKind: "USER", requestId: "r" } as const;
  const envelope = {
    seq: 1,
    epoch: 1,
    id: "i",
    project: "shop",
    environment,
    kind,
    subjectType,
    subject,
    at: "",
    ...actor,
  };
  return summaryOf(seal("", envelope, { text: JSON.stringify(body), salt: "" }, { text: "{}", salt: "" }));
}

it.each([
  ["flag.enabled", "FLAG", "new-checkout", "production", "Flag new-checkout was enabled in production."],
  ["flag.created", "FLAG", "new-checkout", null, "Flag new-checkout was created."],
  ["flag.killed", "FLAG", "new-checkout", null, "Flag new-checkout was switched off in every environment."],
  ["flag.rollout_set", "FLAG", "$&", "staging", "The rollout of flag $& was set in staging."],
  ["segment.members_changed", "SEGMENT", "staff", null, "The members of segment staff were changed."],
  ["environment.created", "ENVIRONMENT", "qa", "qa", "Environment qa was created."],
  ["user.two_factor_enabled", "USER", "u1", null, "The second factor of user u1 was turned on."],
  ["flag.rule_installed", "FLAG", "till", "qa", "A managed rule was put into flag till in qa."],
  [
    "flag.rule_changed_by_owner",
    "FLAG",
    "till",
    "qa",
    "A managed rule of flag till was changed by its owner in qa.",
  ],
  ["flag.rule_withdrawn", "FLAG", "till", "qa", "A managed rule was taken out of flag till in qa."],
  ["metric.archived", "METRIC", "revenue", null, "Metric revenue was archived."],
  [
    "experiment.started",
    "EXPERIMENT",
    "new-till",
    "production",
    "Experiment new-till was started in production.",
  ],
  ["settings.updated", "SETTINGS", "server", null, "The settings of the server were changed."],
  ["flag.sent_to_space", "FLAG", "rocket", null, "Flag rocket was sent to space."],
  ["api_key.revoked", "API_KEY", "k1", null, "API key k1 was revoked."],
] as const)("says what %s of a %s means", (kind, subjectType, subject, environment, sentence) => {
  expect(summary(kind, subjectType, subject, environment)).toBe(sentence);
});

it("calls users and API keys by what people know them by", () => {
  const alice = { after: null, before: { email: "alice@example.com" } };
  expect(summary("user.deactivated", "USER", "u1", null, alice)).toBe(
    "User alice@example.com was deactivated.",
  );
  expect(summary("api_key.created", "API_KEY", "k1", null, { after: { name: "ci" } })).toBe(
    "API key ci was created.",
  );
});
