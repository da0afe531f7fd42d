/** The treatment converts better and fails no more often: it is promoted, and everybody has it, at both processes. */
import { playToTheEnd } from "./concluded.js";
import { bought, byPeople, failed, type Scenario, treatment } from "./scene.js";

export const promotion: Scenario = {
  key: "one-page",
  title: "a treatment that converts better",
  settings: {
    metrics: [
      { metric: bought, role: "PRIMARY" },
      { metric: failed, role: "GUARDRAIL", margin: 0.5 },
    ],
    rollsBackAutomatically: true,
  },
  play: async (scene) =>
    playToTheEnd(scene, {
      toldTo: 0,
      buys: byPeople(scene, { off: 0.2, on: 0.4 }, { off: 0.1, on: 0.12 }),
      fails: byPeople(scene, { off: 0.4, on: 0.4 }, { off: 0.05, on: 0.05 }),
      action: "PROMOTED",
      served: treatment,
      entries: [
        ...["experiment.stopped", "experiment.concluded"],
        ...["flag.rule_withdrawn", "flag.fallthrough_set"],
      ],
      claim: ({ verdict, metrics }) => {
        const { claims } = scene;
        const guardrail = metrics.find(({ metric }) => metric.key === failed)?.comparisons[0]?.guardrail;
        claims.same("verdict", verdict.state, "BETTER");
        claims.same("guardrail", guardrail?.state, "PROVEN");
        const lift = metrics.find(({ metric }) => metric.key === bought)?.comparisons[0]?.lift ?? 0;
        return `promoted \`${treatment}\`, lift ${(lift * 100).toFixed(1)} %`;
      },
    }),
};
