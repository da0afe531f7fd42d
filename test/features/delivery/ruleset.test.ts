import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { apply, compile, definitions } from "../../../src/evaluation/index.js";
import { liveRuleset, ruleset, type RulesetUpdate } from "../../../src/features/delivery/index.js";
import { deleteFlag } from "../../../src/features/flags/delete-flag.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { deleteSegment } from "../../../src/features/segments/delete-segment.js";
import {
  admin,
  evaluationKey,
  type Instance,
  Listener,
  openInstance,
  problemOf,
} from "./delivery-fixture.js";

let instance: Instance;
const listening: Listener<RulesetUpdate>[] = [];
const server = evaluationKey("SERVER");
const silenceMs = 150;

function listen(since?: string): Listener<RulesetUpdate> {
  const listener = new Listener(liveRuleset(instance.tools, server, { since }));
  listening.push(listener);
  return listener;
}

beforeAll(async () => {
  instance = await openInstance();
  await instance.addFlag("a");
  await instance.addFlag("b", { clientVisible: false });
});
afterEach(async () => {
  for (const listener of listening.splice(0)) await listener.end();
});
afterAll(async () => instance.close());

describe("ruleset", () => {
  it("is everything that decides the answers of the environment", () => {
    const all = ruleset(instance.tools, server, {});
    expect(all).toMatchObject({ formatVersion: 1, project: "default", environment: "staging", segments: [] });
    expect(all.revision).toBe(instance.delivery.revision());
    expect(all.flags).toMatchObject([
      { key: "a", enabled: false },
      { key: "b", clientVisible: false },
    ]);
    expect(JSON.parse(JSON.stringify(all))).toEqual(all);
  });
});

describe("the subscription ruleset", () => {
  it("tells everything, then what changed, so that applying it gives what a fresh query gives", async () => {
    const listener = listen();
    const first = await listener.told();
    expect(first).toMatchObject({ snapshot: true, from: null, remove: { flags: [], segments: [] } });
    const place = { formatVersion: 1 as const, revision: "", project: "default", environment: "staging" };
    let held = compile({ ...place, ...first.put });
    let { to } = first;
    const follow = async (): Promise<RulesetUpdate> => {
      const update = await listener.told();
      expect(update).toMatchObject({ snapshot: false, from: to });
      held = apply(held, update);
      ({ to } = update);
      const { flags, segments } = ruleset(instance.tools, server, {});
      expect(definitions(held)).toEqual({ flags, segments });
      return update;
    };
    await instance.toggle("a", true);
    expect((await follow()).put).toMatchObject({ flags: [{ key: "a", enabled: true }], segments: [] });
    await createSegment(instance.tools, admin, { key: "staff", included: ["alice"] });
    expect((await follow()).put).toEqual({
      flags: [],
      segments: [{ key: "staff", included: ["alice"], excluded: [] }],
    });
    await deleteSegment(instance.tools, admin, { segment: "staff" });
    await deleteFlag(instance.tools, admin, { flagKey: "b" });
    await instance.toggle("a", false);
    const coalesced = await follow();
    expect(coalesced.remove).toEqual({ flags: ["b"], segments: ["staff"] });
    expect(coalesced.put.flags.map(({ key }) => key)).toEqual(["a"]);
    await instance.toggle("a", true, "development");
    expect(await listener.next(silenceMs)).toBe("silence");
  });

  it("is silent at first for who holds the present revision", async () => {
    const { to } = await listen().told();
    const again = listen(to);
    expect(await again.next(silenceMs)).toBe("silence");
    await instance.toggle("a", true);
    expect(await again.told()).toMatchObject({ snapshot: false, from: to });
    expect(await listen(to).told()).toMatchObject({ snapshot: true, from: null });
  });

  it("is not for CLIENT keys, and ends when the right is gone", async () => {
    expect(problemOf(() => liveRuleset(instance.tools, evaluationKey("CLIENT"), {}))).toEqual(["FORBIDDEN"]);
    const listener = new Listener(liveRuleset(instance.tools, evaluationKey("SERVER", "revoked"), {}));
    await listener.told();
    const waiting = listener.next();
    instance.banned.set("revoked", "REVOKED");
    await instance.toggle("a", false);
    expect(await waiting).toBe("ended");
  });
});
