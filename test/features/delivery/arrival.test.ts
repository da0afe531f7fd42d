/** Clients who come with more than this instance knows: it reads first, and says nothing older where it cannot. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flagChanges, liveEvaluations, liveRuleset } from "../../../src/features/delivery/index.js";
import { openInProcessBus } from "../../../src/platform/bus/in-process.js";
import { openPostgres } from "../../../src/platform/database/postgres.js";
import { freshPostgresUrl } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { openTcpProxy, type TcpProxy } from "../../support/tcp-proxy.js";
import { admin, evaluationKey, type Instance, Listener, openInstance } from "./delivery-fixture.js";

const server = evaluationKey("SERVER");
const context = { targetingKey: "alice" };

let here: Instance;
let there: Instance;
let proxy: TcpProxy;

beforeAll(async () => {
  const url = new URL(await freshPostgresUrl());
  proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
  here = await openInstance({ opened: await openPostgres(url.href) });
  await here.addFlag("a");
  url.port = String(proxy.port);
  const deaf = openInProcessBus(silentLog, Date.now); // no doorbell rings there
  there = await openInstance({ opened: await openPostgres(url.href), bus: deaf });
});
afterAll(async () => {
  for (const instance of [here, there]) {
    await instance.close();
    await instance.opened.close();
  }
  await proxy.close();
});

/** The first that each subscription says `there` to who comes with that revision. */
function listeners(since: string) {
  return {
    evaluations: new Listener(liveEvaluations(there.tools, server, { context, since })),
    ruleset: new Listener(liveRuleset(there.tools, server, { since })),
    changes: new Listener(flagChanges(there.tools, admin, { since })),
  };
}

describe("a client that knows more than the instance it comes to", () => {
  it("is answered from the state that it knows, or a later one", async () => {
    await there.delivery.reader.reach(here.delivery.reader.position());
    await here.toggle("a", true);
    const { evaluations, ruleset, changes } = listeners(here.delivery.revision());
    expect(await evaluations.told()).toMatchObject({
      snapshot: true,
      evaluations: [{ key: "a", value: true }],
    });
    expect(await ruleset.next(100)).toBe("silence"); // it holds the present revision
    expect(await changes.next(100)).toBe("silence");
    for (const one of [evaluations, ruleset, changes]) await one.end();
  });

  it("hears nothing while the ledger cannot be read, and then what it does not know", async () => {
    await there.delivery.reader.reach(here.delivery.reader.position());
    proxy.cut();
    await expect.poll(() => there.delivery.reader.status().up, { timeout: 5_000 }).toBe(false);
    await here.toggle("a", false);
    const known = here.delivery.revision();
    await here.addFlag("b");
    const { evaluations, ruleset, changes } = listeners(known);
    for (const one of [evaluations, ruleset, changes]) expect(await one.next(500)).toBe("silence");
    proxy.heal();
    expect(await evaluations.next(10_000)).toMatchObject({
      evaluations: [{ key: "a", value: false }, { key: "b" }],
    });
    expect(await ruleset.next(10_000)).toMatchObject({ snapshot: true });
    expect(await changes.next(10_000)).toMatchObject({ kind: "CREATED", flagKey: "b" });
    for (const one of [evaluations, ruleset, changes]) await one.end();
  });
});
