/** The treatment converts better but its errors rise: it is taken back from everybody, and never promoted. */
import { playToTheEnd } from "./concluded.js";
import { logEvidenceOf } from "./looking-back.js";
import { bought, byPeople, control, failed, type Scenario } from "./scene.js";

/** From there on an e-value rolls back. */
const hundred = Math.log(100);

export const rollback: Scenario = {
  key: "quick-pay",
  title: "a treatment whose errors rise",
  settings: {
    metrics: [
      { metric: bought, role: "PRIMARY" },
      { metric: failed, role: "GUARDRAIL", margin: 0.5 },
    ],
    rollsBackAutomatically: true,
  },
  play: async (scene) =>
    playToTheEnd(scene, {
      toldTo: 1,
      buys: byPeople(scene, { off: 0.2, on: 0.4 }, { off: 0.1, on: 0.12 }),
      fails: byPeople(scene, { off: 0.1, on: 0.4 }, { off: 0.02, on: 0.035 }),
      action: "ROLLED_BACK",
      served: control,
      entries: ["experiment.stopped", "experiment.concluded", "flag.rule_withdrawn"],
      claim: ({ verdict, automatic, metrics }, decision) => {
        const { claims } = scene;
        const guardrail = metrics.find(({ metric }) => metric.key === failed)?.comparisons[0]?.guardrail;
        claims.same("verdict", verdict.state, "HARMFUL");
        claims.same("guardrail", guardrail?.state, "BREACHED");
        claims.holds("e is 100 at least", (guardrail?.logEvidence ?? 0) >= hundred, guardrail);
        claims.same("what would be promoted", automatic.promote, null);
        const logE = logEvidenceOf(decision, failed);
        claims.holds("e was 100 at least when it was decided", logE >= hundred, logE);
        return `rolled back at e = ${Math.exp(logE).toPrecision(3)}`;
      },
    }),
};
