/** The cache of documents: what was used last stays, and strangers cannot make it grow. */
import { expect, it } from "vitest";
import { DocumentCache } from "../../../src/api/graphql/document-cache.js";

const kib = 1024;
const mib = 1024 * kib;

it("gives back what was put in, the first of a text", () => {
  const cache = new DocumentCache<number>();
  cache.put("a", 1, kib);
  cache.put("a", 2, kib);
  expect(cache.get("a")).toBe(1);
  expect(cache.get("b")).toBeUndefined();
});

it("holds 16 MiB at most, and lets go of what was not used for longest", () => {
  const cache = new DocumentCache<number>();
  for (let at = 0; at < 64; at += 1) cache.put(`${at}`, at, mib / 4 - 100);
  expect(cache.get("0")).toBe(0);
  for (let at = 64; at < 68; at += 1) cache.put(`${at}`, at, mib / 4 - 100);
  const kept = Array.from({ length: 68 }, (_, at) => at).filter((at) => cache.get(`${at}`) !== undefined);
  expect(kept).toHaveLength(64);
  expect(kept.slice(0, 2)).toEqual([0, 5]);
});

it("keeps nothing that would push much else out, a long text included", () => {
  const cache = new DocumentCache<number>();
  cache.put("heavy", 1, mib);
  const long = `# ${"a".repeat(200_000)}`;
  cache.put(long, 2, kib);
  expect([cache.get("heavy"), cache.get(long)]).toEqual([undefined, undefined]);
});
