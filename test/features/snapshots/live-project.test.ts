/** A project that was deleted and made again under its key before anybody read of it. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { createFlag } from "../../../src/features/flags/create-flag.js";
import { createProject } from "../../../src/features/projects/index.js";
import { deleteProject } from "../../../src/features/projects/delete-project.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { Snapshots } from "../../../src/features/snapshots/snapshots.js";
import { silentLog } from "../../support/silent-log.js";
import { admin, cipher, type Instance, openInstance } from "../delivery/delivery-fixture.js";

const project = "again";
let instance: Instance;

beforeEach(async () => {
  instance = await openInstance();
  await createProject(instance.tools, admin, { key: project });
  await instance.addFlag("former", { project });
  await createSegment(instance.tools, admin, { project, key: "former", included: ["alice"] });
});
afterEach(async () => instance.close());

/** In one step of the reader; as another instance would do it. */
async function makeAgain(): Promise<void> {
  const elsewhere = { ...instance.tools, committed: async () => Promise.resolve() };
  const { database } = instance.opened;
  await database.transaction(async (tx) => {
    const within = { ...elsewhere, database: tx };
    await deleteProject(within, admin, { project });
    await createProject(within, admin, { key: project });
    await createFlag(within, admin, { project, key: "present" });
  });
  await instance.delivery.reader.reach({ epoch: 1, seq: instance.delivery.reader.position().seq + 1 });
}

const flagsIn = (snapshots: Snapshots): string[] => [...snapshots.flagsOf(project).keys()];

it("has nothing of the former one, and the comparison finds no difference", async () => {
  await makeAgain();
  const { snapshots } = instance.delivery;
  expect(flagsIn(snapshots)).toEqual(["present"]);
  const differences = instance.opened.database.transaction(async (tx) => snapshots.compare(tx));
  expect(await differences).toEqual([]);
});

it("has nothing of the former one where that was handed on by another instance", async () => {
  const position = instance.delivery.reader.position();
  const handedOn: unknown[] = [...instance.delivery.snapshots.definitions.keep()];
  await makeAgain();
  const snapshots = new Snapshots(silentLog, cipher);
  snapshots.readSeed(JSON.parse(JSON.stringify(handedOn)) as unknown[])(position);
  (await instance.opened.database.transaction(async (tx) => snapshots.load(tx)))();
  expect(flagsIn(snapshots)).toEqual(["present"]);
});
