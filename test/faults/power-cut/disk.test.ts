/** The model of a disk holds what was synced, in every image, and may lose or tear what was not. */
import { describe, expect, it } from "vitest";
import { Random } from "../../fuzz/random.js";
import { Disk } from "./disk.js";
import type { Journal, Operation } from "./journal.js";

const folder = { kind: "makeFolder", path: "data" } as const;
const open = (file: number, path: string, created = true): Operation => ({
  kind: "open",
  file,
  path,
  created,
});
const sync = (file: number, begun: number): Operation => ({ kind: "sync", file, begun });
const write = (file: number, at: number, text: string, times = 1): Operation => ({
  ...{ kind: "write", file, at },
  bytes: Buffer.from(text.repeat(times)),
});

/** What the file held in many images cut at the end of the journal; undefined: it was not there. */
function outcomes(journal: Journal, path: string): (string | undefined)[] {
  const disk = new Disk(journal);
  return Array.from({ length: 300 }, (_, image) =>
    disk.imageAt(journal.length, new Random(1, image)).get(path)?.toString("latin1"),
  );
}

/** `data` made, its name durable. */
const start: Journal = [folder, open(1, "", false), sync(1, 2)];

describe("a file", () => {
  it("that was synced is there with its first name", () => {
    const journal = [...start, open(2, "data/file"), write(2, 0, "content"), sync(2, 5)];
    expect(new Set(outcomes(journal, "data/file"))).toEqual(new Set(["content"]));
  });

  it("that was not synced is there, empty, torn or missing", () => {
    const journal = [...start, open(2, "data/file"), write(2, 0, "a", 1_024)];
    const seen = new Set(outcomes(journal, "data/file"));
    expect(seen).toContain(undefined);
    expect(seen).toContain("");
    expect(seen).toContain("a".repeat(1_024));
    expect(seen).toContain("a".repeat(512));
    expect(seen).toContain("\0".repeat(512) + "a".repeat(512));
  });

  it("keeps of each sector one of the states that it had since it was synced", () => {
    const journal = [
      ...start,
      open(2, "data/file"),
      write(2, 0, "old"),
      sync(2, 5),
      write(2, 0, "new"),
      write(2, 1, "--"),
    ];
    expect(new Set(outcomes(journal, "data/file"))).toEqual(new Set(["old", "new", "n--"]));
  });

  it("is cut short or not, and only then written anew", () => {
    const journal: Journal = [
      ...[...start, open(2, "data/file"), write(2, 0, "old"), sync(2, 5)],
      ...[{ kind: "truncate", file: 2, size: 0 } as const, write(2, 0, "ne")],
    ];
    const seen = new Set(outcomes(journal, "data/file"));
    for (const state of ["old", "", "ne"]) expect(seen).toContain(state);
    expect(seen).not.toContain("ned");
  });
});

describe("a name", () => {
  const written: Journal = [...start, open(2, "data/file.new"), write(2, 0, "content"), sync(2, 5)];
  const renamed: Journal = [...written, { kind: "rename", path: "data/file.new", to: "data/file" }];

  it("that was changed is the old one or the new one, never both or none", () => {
    const disk = new Disk(renamed);
    const seen = new Set<string>();
    for (let image = 0; image < 300; image += 1) {
      const names = [...disk.imageAt(renamed.length, new Random(1, image)).keys()];
      seen.add(names.join(" "));
    }
    expect(seen).toEqual(new Set(["data data/file.new", "data data/file"]));
  });

  it("is durable once its folder was synced", () => {
    const journal = [...renamed, open(3, "data", false), sync(3, 8)];
    expect(new Set(outcomes(journal, "data/file"))).toEqual(new Set(["content"]));
  });

  it("is lost with the folder whose own name was not synced", () => {
    const journal = [folder, open(2, "data/file"), write(2, 0, "content"), sync(2, 3)];
    expect(new Set(outcomes(journal, "data/file"))).toEqual(new Set([undefined, "content"]));
  });
});
