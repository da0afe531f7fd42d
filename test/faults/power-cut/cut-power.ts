/** Records one life of the product, and starts it again on what many power cuts would have left of it. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { Random } from "../../fuzz/random.js";
import { Disk, type Image } from "./disk.js";
import type { Acknowledged, Journal, Operation } from "./journal.js";
import { recordRun } from "./recorded-run.js";
import { reopen, type Verdict } from "./reopen.js";

export interface PowerCuts {
  readonly seed: number;
  readonly images: number;
  /** Changes in each of the two runs that are recorded. */
  readonly changes: number;
  /** The only image to look at, by its number. */
  readonly only?: number | undefined;
  /** Told after each image. */
  readonly onImage?: (image: CutImage) => void;
}

export interface CutImage extends Verdict {
  readonly number: number;
  /** What was being done when the power went. */
  readonly phase: string;
  /** Index of the first operation that was not done. */
  readonly cut: number;
  /** How many acknowledgements had been given. */
  readonly promised: number;
  /** Where an image with something wrong is kept: another recording would differ from this one by chance. */
  readonly kept?: string;
}

export interface PowerCutReport {
  readonly operations: number;
  readonly images: readonly CutImage[];
}

/** Rejects if the recorder missed something: then its images would be of no disk there ever was. */
export async function cutPower(cuts: PowerCuts): Promise<PowerCutReport> {
  // Nothing here needs a disk: what is durable is the journal's to say.
  const place = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "halyard-power-cut-"));
  try {
    const life = join(place, "life");
    await mkdir(life);
    const { journal } = await recordRun(life, cuts);
    const disk = new Disk(journal);
    await compare(disk.everything(), life);
    const images: CutImage[] = [];
    for (let number = 1; number <= cuts.images; number += 1) {
      if (cuts.only !== undefined && cuts.only !== number) continue;
      const image = await lookAt({ journal, disk, place, number, seed: cuts.seed });
      images.push(image);
      cuts.onImage?.(image);
    }
    return { operations: journal.length, images };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

export function isWell({ closed, lost, strange }: Verdict): boolean {
  return closed === null && lost.length === 0 && strange.length === 0;
}

interface Look {
  readonly journal: Journal;
  readonly disk: Disk;
  readonly place: string;
  readonly number: number;
  readonly seed: number;
}

async function lookAt({ journal, disk, place, number, seed }: Look): Promise<CutImage> {
  const random = new Random(seed, number);
  const cut = drawCut(journal, random);
  const past = journal.slice(0, cut);
  const promises: Acknowledged[] = past.flatMap((one) => (one.kind === "acknowledge" ? [one.promise] : []));
  const folder = join(place, `image-${number}`);
  const image = disk.imageAt(cut, random);
  await store(image, folder);
  const phase = past.findLast((one) => one.kind === "phase")?.name ?? "before all";
  const verdict = await reopen(folder, promises);
  await rm(folder, { recursive: true });
  const found = { number, phase, cut, promised: promises.length, ...verdict };
  if (isWell(verdict)) return found;
  const kept = await mkdtemp(join(tmpdir(), `halyard-power-cut-${seed}-${number}-`));
  await store(image, kept);
  return { ...found, kept };
}

/**
 * Every phase alike, however little is done in it; within it any moment, often the one right after an acknowledgement. Sometimes a moment after a
 * name was given in the data folder itself, where the database, the secret and the snapshots have theirs: these are few and matter most.
 */
function drawCut(journal: Journal, random: Random): number {
  const indexes = (fits: (operation: Operation) => boolean): number[] =>
    journal.flatMap((operation, index) => (fits(operation) ? [index] : []));
  if (random.chance(0.15)) return random.pick(indexes(namesInDataFolder)) + random.between(0, 4);
  const starts = indexes(({ kind }) => kind === "phase");
  const phase = random.weighed(starts.slice(0, -1).map((_, at) => [at % 4 === 2 ? 4 : 1, at] as const));
  const [from = 0, to = journal.length] = starts.slice(phase, phase + 2);
  const promised = indexes(({ kind }) => kind === "acknowledge").filter((at) => at > from && at < to);
  return promised.length > 0 && random.chance(0.3) ? random.pick(promised) + 1 : random.between(from + 1, to);
}

function namesInDataFolder(operation: Operation): boolean {
  const path =
    operation.kind === "open" && !operation.created ? "" : "path" in operation ? operation.path : "";
  return path.split("/").length === 2;
}

async function store(image: Image, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, content] of image) {
    const target = join(folder, path);
    if (content === null) await mkdir(target, { mode: 0o700 });
    else await writeFile(target, content, { mode: 0o600 });
  }
}

/** @throws Error where the journal does not tell of exactly the files that are there. */
async function compare(image: Image, folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const missed = paths.filter((path) => !image.has(path));
  const invented = [...image.keys()].filter((path) => !paths.includes(path));
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = relative(folder, join(entry.parentPath, entry.name));
    const expected = await readFile(join(folder, path));
    if (image.get(path)?.equals(expected) === false)
      missed.push(`${path}, in ${dirname(path)}, by its content`);
  }
  if (missed.length + invented.length === 0) return;
  throw new Error(`The recorder missed ${missed.join(", ")} and invented ${invented.join(", ")}.`);
}
