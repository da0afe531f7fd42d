/** What the journeys came to, scenario by scenario. */
import type { Outcome } from "./journey.js";

export function told(outcomes: readonly Outcome[], people: number): string {
  return outcomes
    .flatMap((outcome) => [
      `\n${outcome.title}`,
      ...linesOf(outcome, people),
      `  ${outcome.broken.length === 0 ? "all claims hold" : outcome.broken.join("\n  ")}`,
    ])
    .join("\n");
}

function linesOf({ played }: Outcome, people: number): readonly string[] {
  if (played === null) return [];
  const { exposures, events, decided, afterMs, saw, ledger } = played;
  const lines = [
    ["users", people],
    ["exposures", exposures],
    ["events", events],
    ["decided", decided],
    ["within", `${(afterMs / 1_000).toFixed(1)} s of the first event`],
    ["a subscriber saw", saw],
    ["in the ledger", ledger.length === 0 ? "nothing" : ledger.join(", ")],
  ] as const;
  return lines.map(([name, value]) => `  ${name.padEnd(18)}${value}`);
}
