import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ExposureSpill, type PlacedExposures } from "../../../src/features/tracking/exposure-spill.js";
import { createSigner } from "../../../src/platform/signed-lines.js";
import { testSecretKey } from "../../support/server.js";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "halyard-spill-")), "exposures");
});
afterEach(async () => rm(join(folder, ".."), { recursive: true }));

const open = () => new ExposureSpill(folder, createSigner([testSecretKey], "exposures of a test"));
const batch = (unit: string): PlacedExposures => ({
  place: { project: "default", environment: "staging" },
  exposures: [{ trial: "t", unit, bucket: 1, variant: "on", epoch: 1, at: 1, slice: null }],
});

async function drained(spill: ExposureSpill): Promise<{ units: string[]; unreadable: number }> {
  const units: string[] = [];
  const unreadable = await spill.drain(async ({ exposures }) => {
    await Promise.resolve();
    units.push(...exposures.map(({ unit }) => unit));
  });
  return { units, unreadable };
}

it("hands over what waits, oldest first, also to whoever comes after it; and once", async () => {
  const first = open();
  expect(await drained(first)).toEqual({ units: [], unreadable: 0 });
  expect(await first.put([batch("a"), batch("b")])).toBe(true);
  const second = open();
  expect(await second.put([batch("c")])).toBe(true);
  expect(await drained(second)).toEqual({ units: ["a", "b", "c"], unreadable: 0 });
  expect(await readdir(folder)).toEqual([]);
});

it("keeps a file that was not taken", async () => {
  const spill = open();
  await spill.put([batch("a")]);
  await expect(spill.drain(async () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await drained(spill)).toEqual({ units: ["a"], unreadable: 0 });
});

it("takes nothing that somebody changed", async () => {
  const spill = open();
  await spill.put([batch("a")]);
  await spill.put([batch("b")]);
  const [name = ""] = await readdir(folder);
  const path = join(folder, name);
  await writeFile(path, (await readFile(path, "utf8")).replace('"a"', '"z"'));
  expect(await drained(spill)).toEqual({ units: ["b"], unreadable: 1 });
});

it("waits for no file that the disk does not give", async () => {
  const spill = open();
  await mkdir(join(folder, "000000000000-no-file.exposures"), { recursive: true });
  await spill.put([batch("a")]);
  expect(await drained(spill)).toEqual({ units: ["a"], unreadable: 1 });
  expect(spill.hasFiles).toBe(false);
  expect(await readdir(folder)).toHaveLength(1);
});

it("takes no more than there is room for", async () => {
  const spill = open();
  for (let count = 0; count < 100; count += 1) await spill.put([batch("a")]);
  expect(await spill.put([batch("b")])).toBe(false);
});
