import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  evaluate,
  flagChanges,
  liveEvaluations,
  ruleset,
  serverInfo,
} from "../../../src/features/delivery/index.js";
import { openInProcessBus } from "../../../src/platform/bus/in-process.js";
import type { Bus } from "../../../src/platform/bus/index.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { anonymousCaller, userCaller } from "../../support/tools.js";
import {
  admin,
  evaluationKey,
  type Instance,
  Listener,
  openInstance,
  problemOf,
} from "./delivery-fixture.js";
import { verifyChain } from "../../support/verify-chain.js";

const server = evaluationKey("SERVER");
const context = { targetingKey: "alice" };

describe("two instances on one PostgreSQL database", () => {
  let opened: OpenDatabase;
  let bus: Bus;
  let [here, there]: Instance[] = [];

  beforeAll(async () => {
    opened = await freshDatabase("postgresql");
    bus = openInProcessBus(silentLog, Date.now);
    here = await openInstance({ opened, bus });
    await here.addFlag("a");
  });
  afterAll(async () => {
    await here?.close();
    await bus.close();
    await opened.close();
  });

  const listeningTo = (instance: Instance) => ({
    answers: new Listener(liveEvaluations(instance.tools, server, { context })),
    changes: new Listener(flagChanges(instance.tools, admin, { project: "default" })),
  });

  it.each([
    ["a doorbell", true],
    ["the poll alone, when every doorbell is lost", false],
  ])("tell each other's subscribers of a change by %s", async (_name, heard) => {
    if (here === undefined) throw new Error("not open");
    there = await openInstance({ opened, bus: heard ? bus : openInProcessBus(silentLog, Date.now) });
    const { answers, changes } = listeningTo(there);
    expect((await answers.told()).evaluations).toMatchObject([{ key: "a", value: false }]);
    const waiting = [answers.told(), changes.told()] as const;
    await here.toggle("a", true);
    expect(await waiting[0]).toMatchObject({ snapshot: false, evaluations: [{ key: "a", value: true }] });
    expect(await waiting[1]).toMatchObject({
      kind: "UPDATED",
      flagKey: "a",
      revision: here.delivery.revision(),
    });
    expect(evaluate(there.tools, server, { flagKey: "a", context })).toMatchObject({ value: true });
    expect(await answers.next(100)).toBe("silence");
    await here.toggle("a", false);
    expect(await answers.told()).toMatchObject({ evaluations: [{ key: "a", value: false }] });
    await answers.end();
    await changes.end();
    await there.delivery.close();
  });

  it("read at once when the bus hears again, since they may have missed what was rung", async () => {
    if (here === undefined) throw new Error("not open");
    const back = new Set<() => void>();
    const onReady: Bus["onReady"] = (listener) => {
      back.add(listener);
      return () => void back.delete(listener);
    };
    const deaf = { ...openInProcessBus(silentLog, Date.now), onReady };
    const other = await openInstance({ opened, bus: deaf });
    const start = performance.now();
    for (let times = 0; times < 8; times += 1) {
      await here.toggle("a", times % 2 === 0);
      for (const listener of back) listener();
      const known = here.delivery.revision();
      await expect.poll(() => other.delivery.revision(), { interval: 5 }).toBe(known);
    }
    expect(performance.now() - start).toBeLessThan(4_000); // eight polls take longer than six seconds
    await other.delivery.close();
    expect(back.size).toBe(0);
  });

  it("converge, in order and with one chain, while both write", async () => {
    if (here === undefined) throw new Error("not open");
    const first = here;
    const second = await openInstance({ opened, bus });
    await Promise.all(
      [first, second].flatMap((instance, side) =>
        Array.from({ length: 4 }, async (_, index) => {
          await instance.addFlag(`f-${side}-${index}`);
          for (const enabled of [true, false, true]) await instance.toggle(`f-${side}-${index}`, enabled);
        }),
      ),
    );
    const head = {
      epoch: 1,
      seq: Math.max(...[first, second].map(({ delivery }) => delivery.reader.position().seq)),
    };
    for (const { delivery } of [first, second]) await delivery.reader.reach(head);
    expect(ruleset(second.tools, server, {})).toEqual(ruleset(first.tools, server, {}));
    expect(ruleset(first.tools, server, {}).flags).toHaveLength(9);
    expect(await verifyChain(opened.database)).toBeNull();
    await second.delivery.close();
  });

  it("understand each other's revisions", async () => {
    if (here === undefined) throw new Error("not open");
    const second = await openInstance({ opened, bus });
    const first = new Listener(liveEvaluations(here.tools, server, { context }));
    const { revision } = await first.told();
    const again = new Listener(liveEvaluations(second.tools, server, { context, since: revision }));
    expect(await again.next(100)).toBe("silence");
    await first.end();
    await again.end();
    await second.delivery.close();
  });
});

describe("serverInfo", () => {
  it("tells how the instance is, to whoever has a role anywhere", async () => {
    const instance = await openInstance();
    const info = serverInfo(instance.tools, userCaller(null, { other: "VIEWER" }));
    expect(info).toMatchObject({
      version: "1.2.3",
      ready: true,
      stale: false,
      database: { kind: "pglite", up: true },
      bus: { kind: "in-process", up: true },
      revisionLag: 0,
    });
    expect(Date.now() - Date.parse(info.startedAt)).toBeLessThan(60_000);
    expect(problemOf(() => serverInfo(instance.tools, evaluationKey("CLIENT")))).toEqual(["FORBIDDEN"]);
    expect(problemOf(() => serverInfo(instance.tools, anonymousCaller()))).toEqual(["UNAUTHENTICATED"]);
    await instance.addFlag("a");
    await instance.opened.close();
    const flag = { flagKey: "a", environment: "staging", context };
    await instance.delivery.reader.reach({ epoch: 1, seq: 999 });
    expect(evaluate(instance.tools, admin, flag)).toMatchObject({ value: false, reason: "DISABLED" });
    expect(serverInfo(instance.tools, admin)).toMatchObject({
      ready: true,
      stale: true,
      database: { up: false },
    });
    await instance.close();
    expect(serverInfo(instance.tools, admin)).toMatchObject({ ready: false });
  });
});

describe("the clock", () => {
  it("never goes back", async () => {
    const instants = [5_000, 4_000, 6_000];
    const instance = await openInstance({ now: () => instants.shift() ?? 1_000 });
    const seen = Array.from({ length: 4 }, () => instance.delivery.now());
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(6_000);
    await instance.close();
  });
});
