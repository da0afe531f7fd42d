/** How single answers are written down, where the protocol is particular about it. */
import { describe, expect, it } from "vitest";
import { errorCodeOf, httpStatusOf, resolutionText } from "../../../src/api/rest/ofrep-text.js";
import { EvaluationErrorCode } from "../../../src/evaluation/index.js";
import type { Evaluation } from "../../../src/features/delivery/index.js";
import { badInput, notFound, unauthenticated } from "../../../src/platform/problems.js";

function evaluation(members: Partial<Evaluation>): Evaluation {
  const asked = {
    place: { project: "default", environment: "development" },
    sent: { targetingKey: null, attributes: {} },
  };
  return {
    key: "flag-1",
    value: undefined,
    variant: undefined,
    reason: "STATIC",
    revision: "1",
    asked,
    ...members,
  };
}

const written = (value: unknown, isWhole: boolean): string =>
  resolutionText(evaluation({ value, variant: "v" }), isWhole).replace(/^.*"value":(.*)}$/, "$1");

describe("a number", () => {
  it.each([
    [1, "1", "1.0"],
    [0, "0", "0.0"],
    [-0, "0", "0.0"],
    [-7, "-7", "-7.0"],
    [9_007_199_254_740_991, "9007199254740991", "9007199254740991.0"],
    [0.5, "0.5", "0.5"],
    [1e21, "1e+21", "1e+21"],
  ])("%d is written as %s among whole ones, as %s among others", (value, whole, other) => {
    expect(written(value, true)).toBe(whole);
    expect(written(value, false)).toBe(other);
    expect(JSON.parse(other)).toBe(value === 0 ? 0 : value);
  });

  it("within an object, or in a text, is left as it is", () => {
    expect(written({ size: 1 }, false)).toBe('{"size":1}');
    expect(written("1", false)).toBe('"1"');
  });
});

describe("an error", () => {
  const statuses = {
    FLAG_NOT_FOUND: 404,
    PARSE_ERROR: 400,
    TYPE_MISMATCH: 400,
    TARGETING_KEY_MISSING: 400,
    INVALID_CONTEXT: 400,
    GENERAL: 400,
    PROVIDER_NOT_READY: 503,
  };
  it.each(Object.values(EvaluationErrorCode))("%s has its status, a reason and details", (errorCode) => {
    const failed = evaluation({ reason: "ERROR", errorCode, errorMessage: "Because." });
    expect(httpStatusOf(failed)).toBe(statuses[errorCode]);
    const told = { key: "flag-1", reason: "ERROR", errorCode, errorDetails: "Because." };
    expect(JSON.parse(resolutionText(failed, false))).toEqual(told);
  });

  it.each([
    [
      "a mistaken context",
      "flag-1",
      badInput([{ path: "context.attributes.x", message: "!" }]),
      "INVALID_CONTEXT",
    ],
    ["a mistaken place", "flag-1", badInput([{ path: "environment", message: "!" }]), "GENERAL"],
    ["a place that is not there, of a flag", "flag-1", notFound("Project", "x"), "FLAG_NOT_FOUND"],
    ["a place that is not there, of all flags", null, notFound("Project", "x"), "GENERAL"],
    ["a stranger", "flag-1", unauthenticated("MISSING"), "GENERAL"],
  ])("of %s is told in OpenFeature's words", (_what, key, problem, errorCode) => {
    expect(errorCodeOf(key, problem)).toBe(errorCode);
  });
});
