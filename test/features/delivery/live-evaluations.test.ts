import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  ended,
  evaluateAll,
  type EvaluationUpdate,
  liveEvaluations,
} from "../../../src/features/delivery/index.js";
import { createEnvironment } from "../../../src/features/environments/create-environment.js";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { deleteFlag } from "../../../src/features/flags/delete-flag.js";
import { updateFlag } from "../../../src/features/flags/update-flag.js";
import { updateFlagEnvironment } from "../../../src/features/flags/update-flag-environment.js";
import { updateVariant } from "../../../src/features/flags/update-variant.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { changeSegmentMembers } from "../../../src/features/segments/change-segment-members.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import { anonymousCaller } from "../../support/tools.js";
import {
  admin,
  evaluationKey,
  type Instance,
  Listener,
  openInstance,
  problemOf,
} from "./delivery-fixture.js";

type Arguments = Partial<Parameters<typeof liveEvaluations>[2]>;

let instance: Instance;
const listening: Listener<EvaluationUpdate>[] = [];
const server = evaluationKey("SERVER");
const alice = { targetingKey: "alice", attributes: { plan: "pro" } };
const silenceMs = 150;

function listen(args: Arguments = {}, caller: Caller = server): Listener<EvaluationUpdate> {
  const listener = new Listener(liveEvaluations(instance.tools, caller, { context: alice, ...args }));
  listening.push(listener);
  return listener;
}

/** What an update says of each flag: value and reason. */
function said({ evaluations }: EvaluationUpdate): Record<string, unknown> {
  return Object.fromEntries(evaluations.map(({ key, value, reason }) => [key, [value, reason]]));
}

/** Off, without rules, as at the beginning. */
async function reset(flagKey: string): Promise<void> {
  const settings = { enabled: false, rules: [], fallthrough: { variant: "on" } };
  await updateFlagEnvironment(instance.tools, admin, { flagKey, environment: "staging", ...settings });
}

beforeAll(async () => {
  instance = await openInstance();
  for (const key of ["a", "b", "c"]) await instance.addFlag(key, { tags: [key, "all"] });
});
afterEach(async () => {
  for (const listener of listening.splice(0)) await listener.end();
  expect(instance.listeners()).toBe(0);
});
afterAll(async () => instance.close());

describe("evaluations", () => {
  it("tells the current answers, then exactly one update for a toggle, then nothing", async () => {
    const listener = listen();
    const first = await listener.told();
    expect(first).toMatchObject({ snapshot: true, removed: [] });
    expect(said(first)).toEqual({ a: [false, "DISABLED"], b: [false, "DISABLED"], c: [false, "DISABLED"] });
    await instance.toggle("a", true);
    const update = await listener.told();
    expect(update).toMatchObject({ snapshot: false, removed: [] });
    expect(said(update)).toEqual({ a: [true, "STATIC"] });
    expect(update.evaluations[0]?.revision).toBe(instance.delivery.revision());
    expect(await listener.next(silenceMs)).toBe("silence");
    await instance.toggle("a", false);
    expect(said(await listener.told())).toEqual({ a: [false, "DISABLED"] });
  });

  it("is silent about other flags, other environments, and what changes no answer", async () => {
    const listener = listen({ flagKeys: ["a"] });
    await listener.told();
    await instance.toggle("b", true);
    await instance.toggle("a", true, "development");
    await updateFlag(instance.tools, admin, { flagKey: "a", description: "changed" });
    await updateVariant(instance.tools, admin, { flagKey: "a", variant: "on", name: "changed" });
    expect(await listener.next(silenceMs)).toBe("silence");
    await instance.toggle("b", false);
  });

  it("tells only those for whom the answer changed", async () => {
    const rules = [
      { when: { attribute: "plan", operator: "EQUALS" as const, values: ["pro"] }, serve: { variant: "on" } },
    ];
    const [pro, free] = [listen(), listen({ context: { attributes: { plan: "free" } } })];
    await pro.told();
    await free.told();
    const settings = {
      flagKey: "a",
      environment: "staging",
      enabled: true,
      rules,
      fallthrough: { variant: "off" },
    };
    await updateFlagEnvironment(instance.tools, admin, settings);
    expect(said(await pro.told())).toEqual({ a: [true, "TARGETING_MATCH"] });
    expect(said(await free.told())).toEqual({ a: [false, "DEFAULT"] });
    await updateFlagEnvironment(instance.tools, admin, {
      ...settings,
      rules: [
        ...rules,
        {
          ...rules[0],
          serve: { variant: "off" },
          when: { attribute: "plan", operator: "EQUALS" as const, values: ["none"] },
        },
      ],
    });
    expect(await pro.next(silenceMs)).toMatchObject({
      evaluations: [{ key: "a", ruleId: expect.any(String) as unknown }],
    });
    expect(await free.next(silenceMs)).toBe("silence");
    await reset("a");
  });

  it("tells a slow reader once what became of everything", async () => {
    const listener = listen();
    await listener.told();
    for (const enabled of [true, false, true, false, true]) await instance.toggle("a", enabled);
    for (const enabled of [true, false]) await instance.toggle("b", enabled);
    expect(said(await listener.told())).toEqual({ a: [true, "STATIC"] });
    expect(await listener.next(silenceMs)).toBe("silence");
    await instance.toggle("a", false);
  });

  it("tells each from where it stands, and all who get as far stand at the same place", async () => {
    const feed = liveEvaluations(instance.tools, server, { context: alice });
    const step = async (cursor: typeof feed.start) => {
      const stepped = await feed.step(cursor);
      if (stepped === ended) throw new Error("The feed has ended.");
      return stepped;
    };
    const { cursor: start } = await step(feed.start);
    await instance.toggle("a", true);
    const between = await step(start);
    await instance.toggle("b", true);
    const [near, far, anew] = [await step(between.cursor), await step(start), await step(feed.start)];
    expect([near, far].map(({ event }) => event && said(event))).toEqual([
      { b: [true, "STATIC"] },
      { a: [true, "STATIC"], b: [true, "STATIC"] },
    ]);
    expect(anew.event).toMatchObject({ snapshot: true });
    expect([far.cursor, anew.cursor].map((cursor) => cursor === near.cursor)).toEqual([true, true]);
    for (const key of ["a", "b"]) await instance.toggle(key, false);
  });

  it("follows prerequisites and segments to the flags that depend on them", async () => {
    await createSegment(instance.tools, admin, { key: "staff", included: [] });
    await instance.addFlag("for-staff", {
      environments: [
        {
          environment: "staging",
          enabled: true,
          rules: [{ when: { segment: "staff" }, serve: { variant: "on" } }],
          fallthrough: { variant: "off" },
        },
      ],
    });
    await instance.addFlag("needs", {
      environments: [
        {
          environment: "staging",
          enabled: true,
          prerequisites: [{ flagKey: "for-staff", variants: ["on"] }],
        },
      ],
    });
    const listener = listen({ flagKeys: ["needs"] });
    expect(said(await listener.told())).toEqual({ needs: [false, "PREREQUISITE_FAILED"] });
    await changeSegmentMembers(instance.tools, admin, { segment: "staff", list: "INCLUDED", add: ["alice"] });
    expect(said(await listener.told())).toEqual({ needs: [true, "DEFAULT"] });
    await changeSegmentMembers(instance.tools, admin, { segment: "staff", list: "INCLUDED", add: ["bob"] });
    expect(await listener.next(silenceMs)).toBe("silence");
    await deleteFlag(instance.tools, admin, { flagKey: "needs" });
    await deleteFlag(instance.tools, admin, { flagKey: "for-staff" });
  });

  it("says that a flag is gone, by an answer and by name, and tells of a new one", async () => {
    await instance.addFlag("brief");
    const [all, one] = [listen(), listen({ flagKeys: ["brief", "brief"] })];
    await all.told();
    expect((await one.told()).evaluations).toHaveLength(1);
    await archiveFlag(instance.tools, admin, { flagKey: "brief" });
    for (const listener of [all, one]) {
      const update = await listener.told();
      expect(update.removed).toEqual(["brief"]);
      expect(update.evaluations).toMatchObject([
        { key: "brief", value: undefined, errorCode: "FLAG_NOT_FOUND" },
      ]);
    }
    await deleteFlag(instance.tools, admin, { flagKey: "brief" });
    expect(await all.next(silenceMs)).toBe("silence");
    await instance.addFlag("brief");
    for (const listener of [all, one])
      expect(said(await listener.told())).toEqual({ brief: [false, "DISABLED"] });
    await deleteFlag(instance.tools, admin, { flagKey: "brief" });
  });

  it("does not count a flag that went as asked for by who asks for all, but by who named it", async () => {
    const told: Record<string, string[]> = { all: [], named: [] };
    const counted = (list: string): Listener<EvaluationUpdate> => {
      const answered: typeof instance.tools.answered = (_, answers) =>
        void told[list]?.push(...answers.map(({ key, reason }) => `${key} ${reason}`));
      const args = { context: alice, ...(list === "named" && { flagKeys: ["b", "leaving"] }) };
      const listener = new Listener(liveEvaluations({ ...instance.tools, answered }, server, args));
      listening.push(listener);
      return listener;
    };
    await instance.addFlag("leaving");
    const listeners = [counted("all"), counted("named")];
    for (const listener of listeners) await listener.told();
    await archiveFlag(instance.tools, admin, { flagKey: "leaving" });
    for (const listener of listeners) expect((await listener.told()).removed).toEqual(["leaving"]);
    expect(told["all"]).toEqual(["a DISABLED", "b DISABLED", "c DISABLED", "leaving DISABLED"]);
    expect(told["named"]).toEqual(["b DISABLED", "leaving DISABLED", "leaving ERROR"]);
  });

  it("follows tags as they are put on and taken off", async () => {
    const listener = listen({ tags: ["live"] });
    expect((await listener.told()).evaluations).toEqual([]);
    await updateFlag(instance.tools, admin, { flagKey: "c", tags: ["live"] });
    expect(said(await listener.told())).toEqual({ c: [false, "DISABLED"] });
    await instance.toggle("a", true);
    expect(await listener.next(silenceMs)).toBe("silence");
    await updateFlag(instance.tools, admin, { flagKey: "c", tags: ["c", "all"] });
    expect(await listener.told()).toMatchObject({
      removed: ["c"],
      evaluations: [{ key: "c", errorCode: "FLAG_NOT_FOUND" }],
    });
    await instance.toggle("c", true);
    expect(await listener.next(silenceMs)).toBe("silence");
    for (const key of ["a", "c"]) await instance.toggle(key, false);
  });

  it("hides rules and invisible flags from CLIENT keys", async () => {
    await instance.addFlag("secret", { clientVisible: false });
    const listener = listen({}, evaluationKey("CLIENT"));
    expect(Object.keys(said(await listener.told()))).toEqual(["a", "b", "c"]);
    await instance.toggle("secret", true);
    expect(await listener.next(silenceMs)).toBe("silence");
    await updateFlag(instance.tools, admin, { flagKey: "secret", clientVisible: true });
    expect(said(await listener.told())).toEqual({ secret: [true, "STATIC"] });
    await updateFlag(instance.tools, admin, { flagKey: "secret", clientVisible: false });
    expect(await listener.told()).toMatchObject({ removed: ["secret"] });
    const rules = [{ name: "inside", serve: { variant: "on" } }];
    await updateFlagEnvironment(instance.tools, admin, {
      flagKey: "a",
      environment: "staging",
      enabled: true,
      rules,
    });
    expect(await listener.told()).toMatchObject({
      evaluations: [{ key: "a", value: true, ruleId: undefined, ruleName: undefined }],
    });
    await updateFlagEnvironment(instance.tools, admin, {
      flagKey: "a",
      environment: "staging",
      enabled: true,
      rules: [{ name: "other", serve: { variant: "on" } }],
    });
    expect(await listener.next(silenceMs)).toBe("silence");
    await reset("a");
    await deleteFlag(instance.tools, admin, { flagKey: "secret" });
  });

  it("changes by the clock alone", async () => {
    const opens = Date.now() + 700;
    const startsAt = new Date(opens).toISOString();
    const endsAt = new Date(opens + 1_000).toISOString();
    const rules = [{ startsAt, endsAt, serve: { variant: "on" } }];
    await updateFlagEnvironment(instance.tools, admin, {
      flagKey: "b",
      environment: "staging",
      enabled: true,
      rules,
      fallthrough: { variant: "off" },
    });
    const [listener, other] = [listen(), listen({ flagKeys: ["a"] })];
    expect(said(await listener.told())["b"]).toEqual([false, "DEFAULT"]);
    await other.told();
    expect(said(await listener.told())).toEqual({ b: [true, "TARGETING_MATCH"] });
    expect(Date.now()).toBeGreaterThanOrEqual(opens);
    expect(said(await listener.told())).toEqual({ b: [false, "DEFAULT"] });
    expect(await other.next(silenceMs)).toBe("silence");
    await reset("b");
  });

  it("needs no statement of its own, however many listen", async () => {
    const listeners = Array.from({ length: 20 }, () => listen());
    for (const listener of listeners) await listener.told();
    instance.statements();
    await instance.toggle("a", true);
    for (const listener of listeners) await listener.told();
    const withMany = instance.statements();
    for (const listener of listeners) await listener.end();
    await instance.toggle("a", false);
    expect(Math.abs(withMany - instance.statements())).toBeLessThan(12); // a poll may fall in between
  });
});

describe("since", () => {
  it("is answered by silence when the answers are still the same, whatever else happened", async () => {
    const before = listen();
    const { revision } = await before.told();
    await instance.toggle("a", true, "development");
    const again = listen({ since: revision });
    expect(await again.next(silenceMs)).toBe("silence");
    await instance.toggle("a", true);
    const update = await again.told();
    expect(update).toMatchObject({ snapshot: false, evaluations: [{ key: "a" }] });
    expect(await listen({ since: update.revision }).next(silenceMs)).toBe("silence");
    expect(await listen({ since: revision }).told()).toMatchObject({ snapshot: true });
    await instance.toggle("a", false);
    expect(await listen({ since: revision }).next(silenceMs)).toBe("silence");
  });

  it("follows updates: a digest that grew is the digest worked out anew", async () => {
    const listener = listen();
    let { revision } = await listener.told();
    for (const [key, enabled] of [
      ["a", true],
      ["b", true],
      ["a", false],
    ] as const) {
      await instance.toggle(key, enabled);
      ({ revision } = await listener.told());
      expect(await listen({ since: revision }).next(50)).toBe("silence");
    }
    await instance.toggle("b", false);
  });

  it.each(["", "nonsense", "1.1", "9.999-abc", "1.1-zzzzzzzzzzzzz"])(
    "%j, which says nothing, is answered by a snapshot",
    async (since) => {
      expect(await listen({ since }).told()).toMatchObject({ snapshot: true });
    },
  );

  it("is no use with another context whose answers differ", async () => {
    const rules = [
      { when: { attribute: "plan", operator: "EQUALS" as const, values: ["pro"] }, serve: { variant: "on" } },
    ];
    const settings = { flagKey: "a", environment: "staging", enabled: true, fallthrough: { variant: "off" } };
    await updateFlagEnvironment(instance.tools, admin, { ...settings, rules });
    const { revision } = await listen().told();
    expect(await listen({ since: revision, context: {} }).told()).toMatchObject({ snapshot: true });
    await reset("a");
  });
});

describe("who may listen", () => {
  it("is decided before the stream is there", () => {
    const start = (args: Arguments, caller: Caller) => () =>
      liveEvaluations(instance.tools, caller, { context: alice, ...args });
    expect(problemOf(start({}, anonymousCaller()))).toEqual(["UNAUTHENTICATED"]);
    expect(problemOf(start({ environment: "production" }, server))).toEqual(["NOT_FOUND"]);
    expect(problemOf(start({}, admin))[0]).toBe("BAD_USER_INPUT");
    expect(problemOf(start({ context: { attributes: 5 } }, server))[0]).toBe("BAD_USER_INPUT");
    expect(instance.listeners()).toBe(0);
  });

  it("is asked again at every event: a stream ends when the right is gone", async () => {
    const [revoked, kept] = [listen({}, evaluationKey("SERVER", "revoked")), listen()];
    await revoked.told();
    await kept.told();
    instance.banned.set("revoked", "REVOKED");
    await instance.toggle("a", true);
    expect(await revoked.next()).toBe("ended");
    expect(said(await kept.told())).toEqual({ a: [true, "STATIC"] });
    await instance.toggle("a", false);
  });

  it("is put off while the credential cannot be checked: the stream is silent, and goes on when it can", async () => {
    const listener = listen({}, evaluationKey("SERVER", "unverified"));
    await listener.told();
    instance.banned.set("unverified", "UNVERIFIED");
    await instance.toggle("a", true);
    expect(await listener.next(100)).toBe("silence");
    instance.banned.delete("unverified");
    await instance.toggle("b", true);
    expect(said(await listener.told())).toEqual({ a: [true, "STATIC"], b: [true, "STATIC"] });
    instance.banned.set("unverified", "UNVERIFIED");
    await instance.toggle("b", false);
    expect(await listener.next(100)).toBe("silence");
    instance.banned.delete("unverified");
    await instance.toggle("c", true, "development"); // by itself no reason to wake anybody in staging
    expect(said(await listener.told())).toEqual({ b: [false, "DISABLED"] });
    await instance.toggle("a", false);
    await instance.toggle("b", false);
  });
});

it("ends when the environment is gone", async () => {
  await createEnvironment(instance.tools, admin, { key: "brief" });
  const listener = listen({ environment: "brief" }, admin);
  expect((await listener.told()).evaluations).toHaveLength(3);
  await deleteEnvironment(instance.tools, admin, { environment: "brief" });
  expect(await listener.next()).toBe("ended");
});

describe("return", () => {
  it("releases at once, also while somebody waits for the next message", async () => {
    const stream = liveEvaluations(instance.tools, server, { context: alice })[Symbol.asyncIterator]();
    await stream.next();
    const waiting = stream.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [returned, ended] = await Promise.all([stream.return?.(), waiting]);
    expect([returned?.done, ended.done]).toEqual([true, true]);
    expect(instance.listeners()).toBe(0);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await expect(stream.throw?.(new Error("gone"))).rejects.toThrow("gone");
  });

  it("works before the first message", async () => {
    const stream = liveEvaluations(instance.tools, server, { context: alice })[Symbol.asyncIterator]();
    expect(instance.listeners()).toBe(1);
    await stream.return?.();
    expect(instance.listeners()).toBe(0);
  });
});

it("agrees with evaluateAll after any sequence of changes", async () => {
  const listener = listen();
  const held = new Map((await listener.told()).evaluations.map((answer) => [answer.key, answer]));
  for (let step = 0; step < 12; step += 1) {
    const key = ["a", "b", "c"][step % 3] ?? "a";
    await instance.toggle(key, step % 4 < 2);
    if (step % 3 === 0) continue;
    for (
      let update = await listener.next(100);
      typeof update !== "string";
      update = await listener.next(100)
    ) {
      for (const answer of update.evaluations) held.set(answer.key, answer);
    }
  }
  const fresh = evaluateAll(instance.tools, server, { context: alice }).evaluations;
  expect(fresh.map(({ key }) => [key, held.get(key)?.value])).toEqual(
    fresh.map(({ key, value }) => [key, value]),
  );
});
