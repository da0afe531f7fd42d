/** What guarded rollouts do by themselves: they look at what was measured, and roll back, wait or move on. */
import type { Database, Transaction } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import { insertDecision } from "../experiments/index.js";
import { listFlagEnvironments } from "../flags/index.js";
import { note, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { hold, type RolloutScope, type RolloutTools } from "./change-rollout.js";
import { complete, rollBack } from "./end-rollout.js";
import type { Look } from "./judge-rollout.js";
import { lookAt } from "./look.js";
import { harmIn, type Move, nextMove } from "./next-move.js";
import { type GuardedRollout, nameOf, nextStepOf, stepOf } from "./rollout.js";
import { holdRollout, isTheOneToAct, keepSeen, listLive } from "./rollout.store.js";
import { advance, askForApproval } from "./take-step.js";

export interface RunTools extends RolloutTools {
  readonly log: Log;
}

type Deed = Exclude<Move, "STAY">;

/**
 * Looks at every live rollout and does what is due. Any instance may, at any time: one at a time acts, and what it has done is not due any
 * more. A rollout that fails holds up no other; the first failure is thrown once all were tried. Gives what was done.
 */
export async function runRollouts(tools: RunTools, caller: Caller): Promise<readonly Deed[]> {
  const failures: unknown[] = [];
  const done: Deed[] = [];
  for (const rollout of await listLive(tools.database)) {
    try {
      const move = await run(tools, caller, rollout);
      if (move !== "STAY") done.push(move);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return done;
}

async function run(tools: RunTools, caller: Caller, found: GuardedRollout): Promise<Move> {
  const now = new Date(tools.now());
  const look = await lookAt(tools.database, found);
  const rollout = await see(tools, found, look, now);
  return nextMove(rollout, look, now) === "STAY" ? "STAY" : act(tools, caller, rollout, now);
}

/** Keeps what its intervals are tuned for from now on, and since when its flag is off; when that is on again, the hours of the step begin anew. */
async function see(tools: RunTools, rollout: GuardedRollout, look: Look, now: Date): Promise<GuardedRollout> {
  const isOn = await isFlagOn(tools.database, rollout);
  const guardrails = rollout.guardrails.map((guardrail) => {
    const seen = look.guardrails.find(({ metric }) => metric === guardrail.metric);
    return { ...guardrail, plannedVariance: seen?.plannedVariance ?? guardrail.plannedVariance };
  });
  const isTuned = guardrails.some(
    ({ plannedVariance }, index) => plannedVariance !== rollout.guardrails[index]?.plannedVariance,
  );
  const seen = {
    ...(isTuned ? { guardrails } : {}),
    ...(isOn && rollout.offSince !== null ? { offSince: null, stepStartedAt: now } : {}),
    ...(!isOn && rollout.offSince === null ? { offSince: now } : {}),
  };
  if (Object.keys(seen).length === 0) return rollout;
  return note(tools, async (tx) => {
    const current = await holdRollout(tx, rollout.id);
    if (current?.version !== rollout.version) return current ?? rollout;
    await keepSeen(tx, rollout, seen);
    return { ...current, ...seen };
  });
}

async function isFlagOn(
  database: Database,
  { project, flag, environment }: GuardedRollout,
): Promise<boolean> {
  const settings = await listFlagEnvironments(database, project, [flag]);
  return settings.find((one) => one.environment === environment)?.enabled === true;
}

/** Looks again while nothing else changes the rollout, and does what is due then. */
async function act(tools: RunTools, caller: Caller, found: GuardedRollout, now: Date): Promise<Move> {
  const { project, id } = found;
  const proof = permit(caller, "rollout:run", { project });
  const move = await write(tools, proof, async (tx, record) => {
    if (!(await isTheOneToAct(tx))) return "STAY";
    const rollout = await hold(tx, found);
    if (rollout === null || rollout.endedAt !== null) return "STAY";
    const look = await lookAt(tx, rollout);
    const due = nextMove(rollout, look, now);
    if (due === "STAY" || (due !== "ROLL_BACK" && !(await isFlagOn(tx, rollout)))) return "STAY";
    const summary = summaryOf(rollout, look, due);
    await perform(due, { tx, record, rollout, now, reason: summary.slice(0, 1_000) });
    await decided(tx, { rollout, look, due, summary, now });
    return due;
  });
  if (move !== "STAY") tools.log.info({ project, rollout: id, move }, "A guarded rollout acted by itself.");
  return move;
}

async function perform(due: Deed, scope: RolloutScope): Promise<unknown> {
  switch (due) {
    case "ROLL_BACK":
      return rollBack(scope);
    case "ADVANCE":
      return advance(scope);
    case "COMPLETE":
      return complete(scope);
    case "ASK_FOR_APPROVAL":
      return askForApproval(scope);
  }
}

function summaryOf(rollout: GuardedRollout, look: Look, due: Deed): string {
  const { step, variant } = rollout;
  const name = nameOf(rollout);
  const { percent } = nextStepOf(rollout);
  switch (due) {
    case "ROLL_BACK":
      return `${name} was rolled back at ${stepOf(rollout).percent} %. ${harmIn(look) ?? ""} The flag answers as it did before.`;
    case "ADVANCE":
      return `${name} went on to step ${step + 1}: ${percent} % get ${variant}, since nothing was found to get worse.`;
    case "COMPLETE":
      return `${name} is complete: everybody who qualifies gets ${variant}, since nothing was found to get worse.`;
    case "ASK_FOR_APPROVAL":
      return `${name} waits at step ${step} for somebody to approve that ${percent} % get ${variant}.`;
  }
}

const actions: Readonly<Record<Deed, string>> = {
  ROLL_BACK: "ROLLED_BACK",
  ADVANCE: "ADVANCED",
  COMPLETE: "COMPLETED",
  ASK_FOR_APPROVAL: "APPROVAL_AWAITED",
};

interface Decided {
  readonly rollout: GuardedRollout;
  readonly look: Look;
  readonly due: Deed;
  readonly summary: string;
  readonly now: Date;
}

/** Keeps what it was decided from, so that it can be worked out again. */
async function decided(tx: Transaction, { rollout, look, due, summary, now }: Decided): Promise<void> {
  const {
    project,
    environment,
    id: trial,
    status,
    step,
    steps,
    stepStartedAt,
    approvedStep,
    guardrails,
    version,
  } = rollout;
  const before = { status, step, steps, stepStartedAt, approvedStep, guardrails, version };
  const inputs = { now, rollout: before, look };
  const decision = { project, trial, at: now, action: actions[due], summary, inputs };
  await insertDecision(tx, environment, decision);
}
