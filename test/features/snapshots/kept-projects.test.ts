/** What was put away of the environments answers as they did, and none of it is a secret in plain text. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { definitions } from "../../../src/evaluation/index.js";
import { rotateContextProofSecret } from "../../../src/features/environments/rotate-context-proof-secret.js";
import { updateEnvironment } from "../../../src/features/environments/update-environment.js";
import { Snapshots } from "../../../src/features/snapshots/snapshots.js";
import { createSegment } from "../../../src/features/segments/index.js";
import { createCipher } from "../../../src/platform/cipher.js";
import { silentLog } from "../../support/silent-log.js";
import { admin, cipher, type Instance, openInstance } from "../delivery/delivery-fixture.js";

let instance: Instance;
/** A full load: the instance itself would have to be told of the broken flag. */
let snapshots: Snapshots;
let secret: string;
const members = Array.from({ length: 5_000 }, (_, index) => `user-${index}`);
const staging = { project: "default", environment: "staging" };

beforeAll(async () => {
  instance = await openInstance();
  const { tools } = instance;
  for (let index = 0; index < 55; index += 1) await instance.addFlag(`flag-${index}`, { tags: ["numbered"] });
  await createSegment(tools, admin, { key: "beta", included: members, excluded: ["user-7"] });
  ({ secret } = await rotateContextProofSecret(tools, admin, staging));
  await updateEnvironment(tools, admin, { ...staging, requireContextProof: true });
  await instance.addFlag("broken");
  await tools.database.execute(sql`update flag_environments set rules = '[{"id": 7}]' where flag = 'broken'`);
  snapshots = new Snapshots(silentLog, cipher);
  const load = await tools.database.transaction(async (tx) => snapshots.load(tx));
  load();
});
afterAll(async () => instance.close());

/** As it comes back from a file. */
const kept = (pieces: Iterable<unknown>): unknown[] => JSON.parse(JSON.stringify([...pieces])) as unknown[];

function restored(pieces: readonly unknown[], by = cipher): Snapshots {
  const snapshots = new Snapshots(silentLog, by);
  snapshots.restore(pieces)();
  return snapshots;
}

it("is the same environments, flags, segments, facts and alarms", () => {
  const again = restored(kept(snapshots.keep()));
  expect(again.environmentKeys("default")).toEqual(snapshots.environmentKeys("default"));
  expect(new Map(again.flagsOf("default"))).toEqual(new Map(snapshots.flagsOf("default")));
  expect(again.quarantined()).toBe(snapshots.quarantined());
  expect(snapshots.quarantined()).toBeGreaterThan(0);
  for (const key of snapshots.environmentKeys("default")) {
    const [before, after] = [snapshots.find("default", key), again.find("default", key)];
    if (before === undefined || after === undefined) throw new Error(`There is no ${key}.`);
    expect(after.facts).toEqual(before.facts);
    expect(kept([definitions(after.snapshot)])).toEqual(kept([definitions(before.snapshot)]));
    expect(after.quarantine).toEqual(before.quarantine);
    expect(after.looksAtRequest).toBe(before.looksAtRequest);
  }
});

it("comes in pieces that are quickly written", () => {
  for (const piece of snapshots.keep()) {
    expect(JSON.stringify(piece).length).toBeLessThan(100_000);
  }
});

it("is the state at the moment of the call, whatever changes while it is written", async () => {
  const pieces = instance.delivery.snapshots.keep();
  const before = kept(instance.delivery.snapshots.definitions.keep());
  await instance.toggle("flag-3", true);
  const again = restored(kept(pieces));
  expect(kept(again.definitions.keep())).toEqual(before);
});

it("has secrets of proofs encrypted, and none where anybody else could look", () => {
  const text = JSON.stringify([...snapshots.keep()]);
  expect(text).not.toContain(secret);
  expect(restored(kept(snapshots.keep())).find("default", "staging")?.proofKeys).toHaveLength(1);
  const stranger = createCipher(["another-secret-key-of-thirty-two-bytes-and-more"]);
  expect(restored(kept(snapshots.keep()), stranger).find("default", "staging")?.proofKeys).toEqual([]);

  const shared = JSON.stringify([...snapshots.definitions.keep()]);
  expect(shared).not.toContain(secret);
  expect(shared).not.toContain("encrypted");
});

it("has also what is no time to a clock, which somebody wrote into the database", async () => {
  const { database } = instance.opened;
  await database.execute(sql`update environments set created_at = 'infinity' where key = 'production'`);
  const odd = new Snapshots(silentLog, cipher);
  (await database.transaction(async (tx) => odd.load(tx)))();
  const again = restored(kept(odd.keep())).find("default", "production");
  expect(again?.facts.createdAt.getTime()).toBeNaN();
  expect(again?.facts.updatedAt).toEqual(odd.find("default", "production")?.facts.updatedAt);
});
