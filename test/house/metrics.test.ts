import { expect, test } from "vitest";
import { read, typescriptFiles } from "./repository.js";

const figure = /\b(halyard|user|http)_[a-z_]+(_total|_seconds)\b|\bhalyard_[a-z_]+\b/g;

function namesIn(text: string): readonly string[] {
  return [...new Set(text.match(figure))].toSorted();
}

test("docs/operating.md names every figure that the server counts, and no other", () => {
  const sources = typescriptFiles("src").map((file) => read(file));
  const counted = sources.flatMap((source) => source.match(/"(halyard|user|http)_[a-z_]+"/g) ?? []).join(" ");
  expect(namesIn(read("docs/operating.md"))).toEqual(namesIn(counted));
});
