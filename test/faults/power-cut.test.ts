/** The embedded database opens after a power cut, and has everything that was acknowledged. `test/faults/power-cut.ts` goes on for longer. */
import { expect, it } from "vitest";
import { cutPower, isWell } from "./power-cut/cut-power.js";

it(
  "opens from whatever a power cut leaves, with every acknowledged change",
  { timeout: 240_000 },
  async () => {
    const { images } = await cutPower({ seed: 2, images: 6, changes: 18 });
    expect(images.filter((image) => !isWell(image))).toEqual([]);
    expect(images.filter(({ promised }) => promised > 0).length).toBeGreaterThan(2); // there was something to lose
  },
);
