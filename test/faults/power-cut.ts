/** `npm run faults:power-cut -- --images 500 --seed 1`: starts from what power cuts leave; `--image N` looks at one of them again. */
import "reflect-metadata";
import { parseArgs } from "node:util";
import { type CutImage, cutPower, isWell } from "./power-cut/cut-power.js";

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    changes: { type: "string", default: "150" },
    image: { type: "string" },
  },
});
const seed = Number(values.seed);
const only = values.image === undefined ? undefined : Number(values.image);

function summary(group: readonly CutImage[]): Readonly<Record<string, number>> {
  const sum = (count: (image: CutImage) => number): number => group.reduce((all, one) => all + count(one), 0);
  return {
    images: group.length,
    opened: sum(({ closed }) => (closed === null ? 1 : 0)),
    promised: sum(({ promised }) => promised),
    lost: sum(({ lost }) => lost.length),
    strange: sum(({ strange }) => strange.length),
  };
}

const { images, operations } = await cutPower({
  ...{ seed, only },
  images: Math.max(Number(values.images), only ?? 0),
  changes: Number(values.changes),
  onImage: (image) => {
    const { number, phase, cut, promised, closed, lost, strange, kept } = image;
    if (number % 50 === 0) console.log(`${number} images`);
    if (isWell(image) && only === undefined) return;
    const found = [...(closed === null ? [] : [closed]), ...lost, ...strange].join("\n  ");
    console.log(
      `seed ${seed}, image ${number}: ${phase}, operation ${cut}, ${promised} promised; kept in ${kept}\n  ${found}`,
    );
  },
});
console.log(`${operations} operations recorded.`);
console.table(
  [...new Set(images.map(({ phase }) => phase)), "all"].map((name) => {
    const group = images.filter(({ phase }) => name === "all" || phase === name);
    return { phase: name, ...summary(group) };
  }),
);
process.exit(images.every(isWell) ? 0 : 1);
