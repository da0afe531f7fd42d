/** When state is put away, on a real disk. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Keeper } from "../../../src/features/snapshots/keeper.js";
import { KeptFile } from "../../../src/platform/kept-file.js";
import { openLog } from "../../../src/platform/log.js";
import { createSigner } from "../../../src/platform/signed-lines.js";

const pace = { firstMs: 20, everyMs: 200 };
let root: string;
let seq = 0;
let keeper: Keeper;
let file: KeptFile;
const outcomes: string[] = [];
/** Of each time that it was put away: whether what was there was said to be wrong. */
const wrongs: boolean[] = [];
const logged: string[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "halyard-keeper-"));
  file = new KeptFile(join(root, "snapshots"), createSigner(["a key of at least thirty-two bytes"], "tests"));
  seq = 0;
  outcomes.length = 0;
  wrongs.length = 0;
  logged.length = 0;
  keeper = new Keeper({
    shelf: {
      name: "disk",
      put: async (_at, lines, isWrong) => {
        wrongs.push(isWrong);
        await file.write(lines());
        return true;
      },
    },
    log: openLog({ logLevel: "warn", logFormat: "json" }, { write: (line) => void logged.push(line) }),
    at: () => ({ position: { epoch: 1, seq, hash: `hash-${seq}` }, asOf: 0 }),
    lines: ({ position }) => [`state ${position.seq}`],
    count: ({ outcome }) => void outcomes.push(outcome),
    pace,
  });
});
afterEach(async () => {
  await keeper.close();
  await rm(root, { recursive: true, force: true });
});

async function kept(): Promise<string | null> {
  let text: string | null = null;
  await file.read((lines) => {
    text = [...lines].join("\n");
    return true;
  });
  return text;
}

function change(): void {
  seq += 1;
  keeper.changed();
}

it("is soon after the first change, and seldom while there are more, with the newest in the end", async () => {
  const started = performance.now();
  change();
  await vi.waitFor(() => expect(outcomes).toHaveLength(1));
  for (let times = 0; times < 30; times += 1) {
    change();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await vi.waitFor(async () => expect(await kept()).toBe(`state ${seq}`), 5_000);
  const mostWrites = 2 + (performance.now() - started) / pace.everyMs;
  expect(outcomes.length).toBeLessThanOrEqual(mostWrites);
});

it("is not for what is there already, and once more at the end for what is not", async () => {
  seq = 3;
  keeper.knows({ position: { epoch: 1, seq: 3, hash: "hash-3" }, asOf: 0 });
  keeper.changed();
  await keeper.close();
  expect(await kept()).toBeNull();
});

it("is for what is there already once everything was read anew, also while it was being put away", async () => {
  change();
  await vi.waitFor(() => expect(outcomes).toHaveLength(1));
  keeper.changed(true);
  await vi.waitFor(() => expect(wrongs).toHaveLength(2));
  keeper.changed(true);
  await vi.waitFor(() => expect(outcomes).toHaveLength(3), 5_000);
  keeper.changed();
  await keeper.close();
  expect(wrongs).toEqual([false, true, true]);
});

it("is at a clean close, however soon that comes", async () => {
  change();
  await keeper.close();
  expect(await kept()).toBe("state 1");
});

it("fails without harm where the disk does, says so once, and works again when the disk does", async () => {
  await writeFile(join(root, "snapshots"), "a file in the way");
  change();
  await vi.waitFor(() => expect(outcomes.length).toBeGreaterThan(1), 5_000);
  expect(new Set(outcomes)).toEqual(new Set(["failed"]));
  expect(logged).toHaveLength(1);
  await rm(join(root, "snapshots"));
  await vi.waitFor(() => expect(outcomes.at(-1)).toBe("written"), 5_000);
  expect((await stat(join(root, "snapshots"))).isDirectory()).toBe(true);
  expect(logged).toHaveLength(1);
});
