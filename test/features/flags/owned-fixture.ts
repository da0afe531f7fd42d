/** A rule that an experiment owns, put in by the owner's door. */
import type { FlagEnvironment, Rule, RuleOwner } from "../../../src/features/flags/flag.js";
import { type OwnedRuleChange, setOwnedRule } from "../../../src/features/flags/set-owned-rule.js";
import { type LedgerTools, write } from "../../../src/features/ledger/index.js";
import { permit } from "../../../src/features/permissions/index.js";
import { adminCaller } from "../../support/tools.js";

export const experiment: RuleOwner = {
  kind: "EXPERIMENT",
  key: "new-price",
  id: "7a3c2c5e-6f0b-4d53-9a58-2f2b6a3f3f10",
  epoch: 1,
  slices: ["country"],
};
export const rollout: RuleOwner = { ...experiment, kind: "ROLLOUT", key: "new-till", id: "e2", slices: [] };

/** Half of everyone who asks, in two slots each, so that the slots have an order of their own. */
export const measured: Omit<Rule, "owner"> = {
  id: "new-price",
  name: null,
  when: null,
  gate: null,
  serve: {
    split: [
      { variant: "on", weight: 10_000 },
      { variant: null, weight: 50_000 },
      { variant: "off", weight: 25_000 },
      { variant: "on", weight: 15_000 },
    ],
    bucketBy: null,
    seed: experiment.id,
  },
  startsAt: null,
  endsAt: null,
};

/** What the owner does, as it would in a transaction of its own room. */
export async function asOwner(
  tools: LedgerTools,
  place: { readonly flag: string; readonly environment: string },
  change: OwnedRuleChange,
  owner: RuleOwner = experiment,
): Promise<FlagEnvironment> {
  const proof = permit(adminCaller(), "flag:update", { project: "default" });
  return write(tools, proof, async (tx, record) =>
    setOwnedRule(tx, record, { project: "default", ...place }, owner, change),
  );
}
