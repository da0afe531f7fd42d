/** Every simulation by its name, one for each claim. */
import { anomalies } from "./anomalies.js";
import { anytimePower } from "./anytime-power.js";
import { bandit } from "./bandit.js";
import type { Simulation } from "./claim.js";
import { coverage } from "./coverage.js";
import { epochs } from "./epochs.js";
import { groupSequential } from "./group-sequential.js";
import { guard } from "./guard.js";
import { leaving } from "./leaving.js";
import { margins } from "./margins.js";
import { peekingAnytime } from "./peeking-anytime.js";
import { peekingNaive } from "./peeking-naive.js";
import { promotion } from "./promotion.js";
import { sampleRatio } from "./sample-ratio.js";

export const simulations = {
  "peeking-anytime": peekingAnytime,
  "peeking-naive": peekingNaive,
  guard,
  coverage,
  "anytime-power": anytimePower,
  "group-sequential": groupSequential,
  promotion,
  margins,
  epochs,
  leaving,
  bandit,
  "sample-ratio": sampleRatio,
  anomalies,
} as const satisfies Readonly<Record<string, Simulation>>;

export type SimulationName = keyof typeof simulations;

export function isSimulation(name: string): name is SimulationName {
  return name in simulations;
}
