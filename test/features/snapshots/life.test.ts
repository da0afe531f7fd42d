/** How an instance begins, where the rest of its start fails once it has read everything. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createDelivery, type Delivery } from "../../../src/features/delivery/index.js";
import { KeptFile } from "../../../src/platform/kept-file.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { createSigner } from "../../../src/platform/signed-lines.js";
import { silentLog } from "../../support/silent-log.js";
import { cipher, type Instance, openInstance } from "../delivery/delivery-fixture.js";

let folder: string;
let first: Instance;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-life-"));
  first = await openInstance();
});
afterEach(async () => {
  await first.close();
  await rm(folder, { recursive: true, force: true });
});

/** One more instance on the database of the first; it is seldom that it puts its state away. */
function another(rings: () => void): Delivery {
  const file = new KeptFile(folder, createSigner(["a key of at least thirty-two bytes"], "tests"));
  const onRing = () => {
    rings();
    return () => undefined;
  };
  return createDelivery({
    ...{ database: first.opened, bus: { ...first.bus, onRing }, log: silentLog, now: Date.now },
    ...{ cipher, version: "1.2.3", metrics: openMetrics() },
    keeping: { file, shared: null, parts: {}, pace: { firstMs: 60_000, everyMs: 60_000 } },
  });
}

it("does not go back to what was put away, and begins nothing twice", async () => {
  const before = another(() => undefined);
  await before.start();
  await before.close();
  await first.addFlag("later");
  let listeners = 0;
  const delivery = another(() => (listeners += 1));
  await delivery.start();
  expect(delivery.revision()).toBe(first.delivery.revision());
  expect(await delivery.startAway()).toBe(true);
  expect(delivery.revision()).toBe(first.delivery.revision());
  expect([...delivery.snapshots.flagsOf("default").keys()]).toEqual(["later"]);
  expect(listeners).toBe(1);
  await delivery.close();
});
