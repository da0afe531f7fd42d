import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FlagChange, flagChanges } from "../../../src/features/delivery/index.js";
import { createEnvironment } from "../../../src/features/environments/create-environment.js";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { deleteFlag } from "../../../src/features/flags/delete-flag.js";
import { restoreFlag } from "../../../src/features/flags/restore-flag.js";
import { revertChange } from "../../../src/features/flags/revert-change.js";
import { updateFlag } from "../../../src/features/flags/update-flag.js";
import { auditEvents } from "../../../src/features/ledger/index.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import { deleteProject } from "../../../src/features/projects/delete-project.js";
import { createProject } from "../../../src/features/projects/index.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { createMetric } from "../../../src/features/tracking/create-metric.js";
import { freshDatabase } from "../../support/databases.js";
import { tamper } from "../../support/tamper.js";
import { anonymousCaller, userCaller } from "../../support/tools.js";
import {
  admin,
  evaluationKey,
  type Instance,
  Listener,
  openInstance,
  problemOf,
} from "./delivery-fixture.js";
import { entry, ledgerTools, record } from "../ledger/ledger-fixture.js";

type Arguments = Parameters<typeof flagChanges>[2];

let instance: Instance;
const listening: Listener<FlagChange>[] = [];
const server = evaluationKey("SERVER");
const silenceMs = 150;

function listen(args: Arguments = {}, caller: Caller = admin, on = instance): Listener<FlagChange> {
  const listener = new Listener(flagChanges(on.tools, caller, args));
  listening.push(listener);
  return listener;
}

async function told(listener: Listener<FlagChange>, count: number): Promise<string[]> {
  const lines: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { kind, flagKey, change } = await listener.told();
    lines.push(`${kind} ${flagKey ?? "-"} ${change?.environment ?? "*"}`);
  }
  expect(await listener.next(silenceMs)).toBe("silence");
  return lines;
}

async function archivings() {
  const filter = { flagKey: "b", kinds: ["flag.archived"] };
  const { edges } = await auditEvents(instance.tools, admin, filter, { first: 1 });
  return edges.map(({ node }) => node);
}

beforeAll(async () => {
  instance = await openInstance();
  await createProject(instance.tools, admin, { key: "other" });
  await instance.addFlag("a");
  await instance.addFlag("b");
});
afterEach(async () => {
  for (const listener of listening.splice(0)) await listener.end();
});
afterAll(async () => instance.close());

describe("flagChanges", () => {
  it("tells every change in order, however slow the reader", async () => {
    const listener = listen();
    await instance.addFlag("fresh");
    for (const enabled of [true, false, true]) await instance.toggle("fresh", enabled);
    await updateFlag(instance.tools, admin, { flagKey: "fresh", name: "Newer", expectedVersion: 1 });
    await createSegment(instance.tools, admin, { key: "staff" });
    await archiveFlag(instance.tools, admin, { flagKey: "fresh", expectedVersion: 2 });
    await restoreFlag(instance.tools, admin, { flagKey: "fresh", expectedVersion: 3 });
    await deleteFlag(instance.tools, admin, { flagKey: "fresh", expectedVersion: 4 });
    await createProject(instance.tools, admin, { key: "silent" });
    await createMetric(instance.tools, admin, { key: "silent", type: "COUNT" });
    expect(await told(listener, 9)).toEqual([
      "CREATED fresh *",
      "UPDATED fresh staging",
      "UPDATED fresh staging",
      "UPDATED fresh staging",
      "UPDATED fresh *",
      "SEGMENT_UPDATED - *",
      "ARCHIVED fresh *",
      "RESTORED fresh *",
      "DELETED fresh *",
    ]);
  });

  it("calls the revert of an archiving by what it does", async () => {
    await archiveFlag(instance.tools, admin, { flagKey: "b" });
    const [archived] = await archivings();
    const listener = listen();
    const reverted = await revertChange(instance.tools, admin, { changeId: archived?.id ?? "" });
    await revertChange(instance.tools, admin, { changeId: reverted.id });
    await restoreFlag(instance.tools, admin, { flagKey: "b" });
    expect(await told(listener, 3)).toEqual(["RESTORED b *", "ARCHIVED b *", "RESTORED b *"]);
  });

  it("filters by project, environment and flags; what concerns all environments passes each", async () => {
    const [staging, production, one, both] = [
      listen({ project: "default", environment: "staging" }),
      listen({ environment: "production" }),
      listen({ flagKeys: ["b"] }),
      listen({ project: "other" }),
    ];
    await instance.toggle("a", true);
    await instance.toggle("b", true, "development");
    await updateFlag(instance.tools, admin, { flagKey: "a", name: "A" });
    await createSegment(instance.tools, admin, { key: "everyone" });
    await instance.addFlag("a", { project: "other" });
    expect(await told(staging, 3)).toEqual(["UPDATED a staging", "UPDATED a *", "SEGMENT_UPDATED - *"]);
    expect(await told(production, 3)).toEqual(["UPDATED a *", "SEGMENT_UPDATED - *", "CREATED a *"]);
    expect(await told(one, 1)).toEqual(["UPDATED b development"]);
    expect(await told(both, 1)).toEqual(["CREATED a *"]);
  });

  it("tells each caller what it may see", async () => {
    const [key, stranger] = [listen({}, server), listen({}, userCaller(null, { other: "VIEWER" }))];
    await instance.toggle("a", false);
    await instance.toggle("a", true, "development");
    await updateFlag(instance.tools, admin, { flagKey: "a", project: "other", name: "Other" });
    expect(await told(key, 1)).toEqual(["UPDATED a staging"]);
    expect(await told(stranger, 1)).toEqual(["UPDATED a *"]);
  });

  it.each([
    ["strangers", anonymousCaller(), {}, "UNAUTHENTICATED"],
    ["CLIENT keys", evaluationKey("CLIENT"), {}, "FORBIDDEN"],
    ["users without a role", userCaller(null), {}, "FORBIDDEN"],
    ["a foreign project", userCaller(null, { other: "ADMIN" }), { project: "default" }, "NOT_FOUND"],
    ["a project that does not exist", admin, { project: "nope" }, "NOT_FOUND"],
    ["an environment that does not exist", admin, { project: "default", environment: "nope" }, "NOT_FOUND"],
    ["another environment than the key's", server, { environment: "production" }, "NOT_FOUND"],
  ] as const)("refuses %s at once", (_name, caller, args, code) => {
    expect(problemOf(() => flagChanges(instance.tools, caller, args))).toEqual([code]);
  });

  it("ends when the right is gone, and releases at once", async () => {
    const caller = evaluationKey("SERVER", "revoked-watch");
    const listener = listen({}, caller);
    const waiting = listener.next();
    instance.banned.set("revoked-watch", "REVOKED");
    await instance.toggle("a", true);
    expect(await waiting).toBe("ended");
    const stream = flagChanges(instance.tools, server, {})[Symbol.asyncIterator]();
    const next = stream.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [ended] = await Promise.all([next, stream.return?.()]);
    expect(ended.done).toBe(true);
  });

  it.each([
    ["environment", { project: "default", environment: "brief" }],
    ["project", { project: "brief" }],
  ] as const)(
    "ends when the %s that was named is gone, once everything before that is told",
    async (what, args) => {
      if (what === "environment") await createEnvironment(instance.tools, admin, { key: "brief" });
      else await createProject(instance.tools, admin, { key: "brief" });
      const listener = listen(args);
      if (what === "environment") {
        await instance.toggle("a", true, "brief");
        await deleteEnvironment(instance.tools, admin, { environment: "brief" });
      } else {
        await instance.addFlag("a", { project: "brief" });
        await deleteFlag(instance.tools, admin, { project: "brief", flagKey: "a" });
        await deleteProject(instance.tools, admin, { project: "brief" });
      }
      expect(await listener.told()).toMatchObject({ flagKey: "a" });
      if (what === "project") expect(await listener.told()).toMatchObject({ kind: "DELETED" });
      expect(await listener.next()).toBe("ended");
    },
  );

  it("reads the database once for many who watch", async () => {
    const listeners = Array.from({ length: 20 }, () => listen());
    const waiting = listeners.map(async (listener) => listener.told());
    instance.statements();
    await instance.toggle("a", false);
    await Promise.all(waiting);
    expect(instance.statements()).toBeLessThan(40);
  });
});

describe("since", () => {
  it("goes on exactly where it was left", async () => {
    const { revision } = instance.delivery;
    const from = revision();
    await instance.toggle("a", true);
    const between = revision();
    await instance.toggle("b", true);
    await instance.toggle("a", false);
    expect(await told(listen({ since: from }), 3)).toEqual([
      "UPDATED a staging",
      "UPDATED b staging",
      "UPDATED a staging",
    ]);
    expect(await told(listen({ since: between, flagKeys: ["a"] }), 1)).toEqual(["UPDATED a staging"]);
    expect(await told(listen({ since: revision() }), 0)).toEqual([]);
    expect(await told(listen({ since: `${between}-abc` }), 2)).toEqual([
      "UPDATED b staging",
      "UPDATED a staging",
    ]);
  });

  it("reaches beyond what is in memory", async () => {
    const fresh = await openInstance({ opened: instance.opened });
    const listener = listen({ since: "1.1" }, admin, fresh);
    const all = [];
    for (let one = await listener.next(300); typeof one !== "string"; one = await listener.next(300))
      all.push(one.revision);
    expect(all.length).toBeGreaterThan(15);
    expect(all.at(-1)).toBe(fresh.delivery.revision());
    expect(new Set(all).size).toBe(all.length);
    await fresh.close();
  });

  it.each(["nonsense", "1.999999", "2.1", "1.0", ""])(
    "%j, from which nothing follows, is answered by one RESYNC",
    async (since) => {
      const listener = listen({ since });
      expect(await listener.told()).toMatchObject({
        kind: "RESYNC",
        flagKey: null,
        change: null,
        revision: instance.delivery.revision(),
      });
      await instance.toggle("a", true);
      await instance.toggle("a", false);
      expect(await told(listener, 2)).toEqual(["UPDATED a staging", "UPDATED a staging"]);
    },
  );
});

describe("a history that was replaced", () => {
  it.each([
    ["by a shorter one", 0],
    ["by one that has grown longer meanwhile", 5],
  ])("%s is told by one RESYNC, and then gone on with", async (_name, rows) => {
    const opened = await freshDatabase();
    const own = await openInstance({ opened });
    await own.addFlag("a");
    await own.toggle("a", true);
    const listener = listen({}, admin, own);
    const waiting = listener.next();
    await tamper(opened.database, async (tx) => {
      await tx.execute(sql`delete from changes where seq > 2`);
      await tx.execute(sql`update flag_environments set enabled = false`);
    });
    for (let row = 0; row < rows; row += 1) await record(ledgerTools(opened.database), entry());
    own.delivery.reader.nudge();
    expect(await waiting).toMatchObject({
      kind: "RESYNC",
      revision: expect.stringMatching(new RegExp(`^1\\.${2 + rows}\\.`)) as string,
    });
    await own.toggle("a", true);
    expect(await told(listener, 1)).toEqual(["UPDATED a staging"]);
    await own.close();
    await opened.close();
  });

  it("by one as long is noticed by whoever comes back with a revision of it", async () => {
    const opened = await freshDatabase();
    const own = await openInstance({ opened });
    await own.addFlag("a");
    const [known, seq] = [own.delivery.revision(), own.delivery.reader.position().seq];
    await tamper(opened.database, async (tx) => {
      await tx.execute(sql`delete from changes where seq > 2`);
    });
    for (let at = 2; at < seq; at += 1) await record(ledgerTools(opened.database), entry());
    const restored = await openInstance({ opened }); // knows nothing of what was before
    expect(await listen({ since: known }, admin, restored).told()).toMatchObject({ kind: "RESYNC" });
    expect(await listen({ since: restored.delivery.revision() }, admin, restored).next(200)).toBe("silence");
    for (const instance of [own, restored]) await instance.close();
    await opened.close();
  });

  it("by one as long is noticed by whoever was behind, though what follows is in memory", async () => {
    const opened = await freshDatabase();
    const own = await openInstance({ opened });
    await own.addFlag("a");
    const before = own.delivery.reader.position();
    await tamper(opened.database, async (tx) => {
      await tx.execute(sql`delete from changes where seq > 2`);
    });
    for (let seq = 2; seq < before.seq; seq += 1) await record(ledgerTools(opened.database), entry());
    own.delivery.reader.nudge();
    await expect.poll(() => own.delivery.reader.position().hash).not.toBe(before.hash);
    await own.addFlag("b");
    const step = await flagChanges(own.tools, admin, {}).step(before);
    expect(step).toMatchObject({ cursor: own.delivery.reader.position(), event: { kind: "RESYNC" } });
    await own.close();
    await opened.close();
  });
});
