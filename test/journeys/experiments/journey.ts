/** All scenarios at once, on one stage. */
import { brokenAssignment } from "./broken-assignment.js";
import { Claims } from "./claims.js";
import { ask, counted } from "./clients.js";
import { promotion } from "./promotion.js";
import { rollback } from "./rollback.js";
import { defineMetrics, type Played, type Scenario, type Scene, setUp } from "./scene.js";
import { openStage, type Services, type Stage } from "./stage.js";

export const scenarios: readonly Scenario[] = [promotion, rollback, brokenAssignment];

export interface JourneyOptions {
  readonly services: Services;
  /** In each scenario. */
  readonly people: number;
  readonly seed: number;
  /** How long anything may take that happens by itself. */
  readonly patienceMs: number;
  readonly tell: (line: string) => void;
}

export interface Outcome {
  readonly title: string;
  /** null: it came to no end. */
  readonly played: Played | null;
  /** Sentences; empty: all holds. */
  readonly broken: readonly string[];
}

/** An outcome for each scenario, and a last one for the stage. */
export async function travel({ services, people, ...options }: JourneyOptions): Promise<readonly Outcome[]> {
  const furnish = async (url: string, admin: string): Promise<void> => {
    await defineMetrics(url, admin);
    for (const scenario of scenarios) await setUp(url, admin, scenario, people);
  };
  const keys = scenarios.map(({ key }) => key);
  const stage = await openStage(services, furnish, keys);
  options.tell("two processes run, and three experiments on them");
  const claims = new Claims();
  const playing = scenarios.map(async (scenario) => play(scenario, { ...options, stage, people }));
  const outcomes = await Promise.all(playing);
  await claimCounted(stage, claims).catch((error: unknown) => claims.failed(error));
  claims.same("exit codes", await stage.close(), [0, 0]);
  return [...outcomes, { title: "the stage", played: null, broken: claims.broken }];
}

/** Never rejects. */
async function play(scenario: Scenario, scene: Omit<Scene, "key" | "claims">): Promise<Outcome> {
  const claims = new Claims();
  const { title, key } = scenario;
  try {
    const played = await scenario.play({ ...scene, key, claims });
    return { title, played, broken: claims.broken };
  } catch (error) {
    claims.failed(error);
    return { title, played: null, broken: claims.broken };
  }
}

/** Each decision was made once, by whichever process, and the audit log is whole. */
async function claimCounted({ urls, admin }: Stage, claims: Claims): Promise<void> {
  const decisions = await counted(urls, "halyard_experiment_decisions_total");
  claims.same("decisions in the metrics", decisions, [
    ["PROMOTED", 1],
    ["ROLLED_BACK", 1],
  ]);
  const alarms = await counted(urls, "halyard_experiment_alarms_total");
  claims.same("alarms in the metrics", alarms, [
    ["CONFLICTS", 1],
    ["SAMPLE_RATIO", 1],
  ]);
  const query = "{ auditVerification { ok } }";
  claims.same("the audit log", await ask(urls[1], admin, query), { auditVerification: { ok: true } });
}
