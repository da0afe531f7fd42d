/** Only who holds the secret can say whom a browser asks about. */
import { createHmac } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isProved } from "../../../src/features/delivery/context-proof.js";
import {
  evaluate,
  evaluateAll,
  type EvaluationUpdate,
  liveEvaluations,
} from "../../../src/features/delivery/index.js";
import { rotateContextProofSecret } from "../../../src/features/environments/rotate-context-proof-secret.js";
import { updateEnvironment } from "../../../src/features/environments/update-environment.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import { nextExpiry, proofKeysOf } from "../../../src/features/snapshots/proof-keys.js";
import {
  admin,
  evaluationKey,
  type Instance,
  Listener,
  openInstance,
  problemOf,
} from "./delivery-fixture.js";

const environment = "staging";
const start = Date.parse("2026-01-01T00:00:00Z");
const refusal = ["FORBIDDEN", "context.proof: must be the proof of context.targetingKey."];

function proofBy(secret: string, targetingKey: string, encoding: "hex" | "base64url" = "hex"): string {
  return createHmac("sha256", secret).update(targetingKey).digest(encoding);
}

describe("a proof", () => {
  const alice = { targetingKey: "alice" };
  const keys = proofKeysOf([
    { secret: "present", until: Infinity },
    { secret: "previous", until: 1_000 },
  ]);
  const holds = (proof: string | null, now = 0, context: { targetingKey: string | null } = alice) =>
    isProved(keys, context, proof, now);

  it("is the HMAC-SHA256 that every language makes", () => {
    // RFC 4231, test case 2
    const known = proofKeysOf([{ secret: "Jefe", until: Infinity }]);
    const proof = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    expect(isProved(known, { targetingKey: "what do ya want for nothing?" }, proof, 0)).toBe(true);
    expect(isProved(known, { targetingKey: "what do ya want for nothing" }, proof, 0)).toBe(false);
  });

  it("may be hex in either case, or base64url with or without its padding", () => {
    const hex = proofBy("present", "alice");
    const base64 = proofBy("present", "alice", "base64url");
    for (const proof of [hex, hex.toUpperCase(), base64, `${base64}=`]) expect(holds(proof)).toBe(true);
    expect(holds(proofBy("present", "mañana 🔑"), 0, { targetingKey: "mañana 🔑" })).toBe(true);
    expect(holds(proofBy("present", ""), 0, { targetingKey: "" })).toBe(true);
  });

  it.each([null, "", "x", "alice", "0".repeat(64), "A".repeat(43), "0".repeat(65), "\n".repeat(64)])(
    "is not %j",
    (proof) => expect(holds(proof)).toBe(false),
  );

  it("is not that of another secret, another targeting key, or one cut short", () => {
    for (const proof of [proofBy("other", "alice"), proofBy("present", "bob")])
      expect(holds(proof)).toBe(false);
    expect(holds(proofBy("present", "alice").slice(0, 62))).toBe(false);
    expect(holds(proofBy("present", "alice"), 0, { targetingKey: "" })).toBe(false);
  });

  it("of the secret before counts until the overlap is over", () => {
    const proof = proofBy("previous", "alice");
    expect([0, 999, 1_000, 1_001].map((now) => holds(proof, now))).toEqual([true, true, false, false]);
    expect(holds(proofBy("present", "alice"), 1_001)).toBe(true);
    expect([nextExpiry(keys, 0), nextExpiry(keys, 1_000)]).toEqual([1_000, undefined]);
  });

  it("is not needed by who names nobody, and nothing is one without a secret", () => {
    expect(holds(null, 0, { targetingKey: null })).toBe(true);
    expect(isProved([], alice, proofBy("", "alice"), 0)).toBe(false);
    expect(isProved([], { targetingKey: null }, null, 0)).toBe(true);
  });
});

describe("an environment that asks for proofs", () => {
  let instance: Instance;
  let clock = start;
  let secret = "";
  const client = evaluationKey("CLIENT");
  const listening: Listener<EvaluationUpdate>[] = [];

  const requireProofs = async (requireContextProof: boolean) =>
    updateEnvironment(instance.tools, admin, { environment, requireContextProof });
  const rotate = async (overlapSeconds: number) => {
    const made = await rotateContextProofSecret(instance.tools, admin, { environment, overlapSeconds });
    secret = made.secret;
  };
  const ask = (context: object, caller: Caller = client) =>
    evaluate(instance.tools, caller, { flagKey: "a", environment, context }).value;
  const proved = (targetingKey: string) => ({ targetingKey, proof: proofBy(secret, targetingKey) });
  const listen = (context: object, caller: Caller = client) => {
    const listener = new Listener(liveEvaluations(instance.tools, caller, { context, environment }));
    listening.push(listener);
    return listener;
  };

  beforeAll(async () => {
    instance = await openInstance({ now: () => clock });
    await instance.addFlag("a", { clientVisible: true, environments: [{ environment, enabled: true }] });
    await rotate(0);
    await requireProofs(true);
  });
  afterEach(async () => {
    for (const listener of listening.splice(0)) await listener.end();
  });
  afterAll(async () => instance.close());

  it("answers a CLIENT key about whom it can prove, about nobody, and about no one else", () => {
    expect(ask(proved("alice"))).toBe(true);
    expect(ask({})).toBe(true);
    expect(ask({ attributes: { proof: "an attribute like any other" } })).toBe(true);
    const forged = [
      { targetingKey: "bob" },
      { ...proved("alice"), targetingKey: "bob" },
      { targetingKey: "bob", proof: "" },
    ];
    for (const context of forged) {
      expect(problemOf(() => ask(context))).toEqual(refusal);
      expect(problemOf(() => evaluateAll(instance.tools, client, { context }))).toEqual(refusal);
      expect(problemOf(() => liveEvaluations(instance.tools, client, { context }))).toEqual(refusal);
    }
    expect(problemOf(() => ask({ ...proved("alice"), proof: 5 }))).toEqual([
      "BAD_USER_INPUT",
      "context.proof: must be a string.",
    ]);
  });

  it("asks nothing of other callers, and nothing elsewhere", () => {
    for (const caller of [evaluationKey("SERVER"), admin])
      expect(ask({ targetingKey: "bob" }, caller)).toBe(true);
    const elsewhere = { context: { targetingKey: "bob" }, environment: "development", flagKey: "a" };
    expect(evaluate(instance.tools, admin, elsewhere).value).toBe(false);
  });

  it("answers and refuses without a statement on the database", () => {
    instance.statements();
    ask(proved("alice"));
    problemOf(() => ask({ targetingKey: "bob" }));
    expect(instance.statements()).toBe(0);
  });

  it("gives the same answers the same id, whatever the proof", () => {
    const asked = (context: object, caller: Caller) =>
      evaluate(instance.tools, caller, { flagKey: "a", environment, context }).asked.sent;
    expect(asked(proved("alice"), client)).toEqual(asked({ targetingKey: "alice" }, admin));
  });

  it("ends a subscription whose proof counts no longer, and keeps the others", async () => {
    const listener = listen(proved("alice"));
    const anonymous = listen({});
    await listener.told();
    await anonymous.told();
    await rotate(3_600);
    expect(await listener.next(150)).toBe("silence");
    await rotate(0);
    expect(await listener.next()).toBe("ended");
    expect(await anonymous.next(150)).toBe("silence");
    const renewed = listen(proved("alice"));
    await renewed.told();
    await instance.toggle("a", false);
    await renewed.told();
    await instance.toggle("a", true);
  });

  it("ends a subscription by the clock when the overlap is over", async () => {
    const listener = listen(proved("alice"));
    await listener.told();
    await rotate(1);
    expect(await listener.next(150)).toBe("silence");
    clock += 1_000;
    expect(await listener.next(3_000)).toBe("ended");
  });

  it("ends a subscription without a proof as soon as proofs are asked for", async () => {
    await requireProofs(false);
    const listener = listen({ targetingKey: "bob" });
    await listener.told();
    await requireProofs(true);
    expect(await listener.next()).toBe("ended");
  });

  it("is known to other instances, and to those that start later", async () => {
    const later = await openInstance({ opened: instance.opened, now: () => clock });
    const asked = { flagKey: "a", environment, context: { targetingKey: "alice" } };
    expect(problemOf(() => evaluate(later.tools, client, asked))).toEqual(refusal);
    expect(evaluate(later.tools, client, { ...asked, context: proved("alice") }).value).toBe(true);
    await later.close();
  });
});
