/** Every vector of every method. */
import { describe, expect, it } from "vitest";
import { bayesian } from "./methods/bayesian.js";
import { checks } from "./methods/checks.js";
import { distributions } from "./methods/distributions.js";
import { fixed } from "./methods/fixed.js";
import { sequential } from "./methods/sequential.js";
import { differences, type Method, vectors } from "./vectors.js";

const methods: Readonly<Record<string, Method>> = {
  ...distributions,
  ...fixed,
  ...sequential,
  ...bayesian,
  ...checks,
};

describe("the vectors", () => {
  it("are of methods that are all known", () => {
    expect(new Set(vectors.map(({ method }) => method))).toEqual(new Set(Object.keys(methods)));
  });

  it.each(vectors.map((vector) => [vector.id, vector] as const))("%s", (_id, vector) => {
    const method = methods[vector.method];
    expect(
      method === undefined ? ["no such method"] : differences(vector, method(vector.input as never)),
    ).toEqual([]);
  });
});
