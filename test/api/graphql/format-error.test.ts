/** Failures look the same wherever on their way they were wrapped. */
import { GraphQLError } from "graphql";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { formatRawError } from "../../../src/api/graphql/format-error.js";
import { DatabaseUnavailable } from "../../../src/platform/database/unavailable.js";
import { openLog } from "../../../src/platform/log.js";
import { Problem } from "../../../src/platform/problems.js";
import { silentLog } from "../../support/silent-log.js";

/** As drizzle wraps what the driver throws. */
const away = new Error("Failed query: select 1", { cause: new DatabaseUnavailable("no way there") });
const path = ["flagChanges"];

describe("a failure that GraphQL has wrapped", () => {
  it.each([
    ["at a field", new GraphQLError(away.message, { originalError: away, path })],
    [
      "outside of any field, such as the start of a subscription",
      new GraphQLError(away.message, { originalError: away }),
    ],
  ])("is the database's absence %s", (_where, error) => {
    expect(formatRawError(silentLog, error, "request-1").extensions).toMatchObject({ code: "UNAVAILABLE" });
  });

  it("is told once in a while when it is the database's absence, with how many there were", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const lines: string[] = [];
    const log = openLog({ logLevel: "info", logFormat: "json" }, { write: (line) => lines.push(line) });
    const error = new GraphQLError(away.message, { originalError: away, path });
    for (let request = 0; request < 100; request += 1) formatRawError(log, error, "request-1");
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    formatRawError(log, error, "request-1");
    expect(lines.map((line) => (JSON.parse(line) as { requests: number }).requests)).toEqual([1, 100]);
  });

  it("is a problem in both places", () => {
    const originalError = new Problem("CONFLICT", "no");
    for (const where of [{ path }, {}]) {
      const error = new GraphQLError("no", { originalError, ...where });
      expect(formatRawError(silentLog, error, "request-1").extensions).toEqual({
        code: "CONFLICT",
        requestId: "request-1",
      });
    }
  });

  it("stays a bug where it is one, and says nothing of it but to the log", () => {
    const lines: string[] = [];
    const log = openLog({ logLevel: "info", logFormat: "json" }, { write: (line) => lines.push(line) });
    const error = new GraphQLError("secret", { originalError: new TypeError("secret") });
    const formatted = formatRawError(log, error, "request-1");
    const { errorId } = formatted.extensions ?? {};
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { err: { message: "secret" }, errorId, requestId: "request-1" },
    ]);
    expect(formatted.extensions).toMatchObject({ code: "INTERNAL_SERVER_ERROR" });
    expect(JSON.stringify(formatted)).not.toContain("secret");
  });
});
