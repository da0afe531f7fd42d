import { expect, it } from "vitest";
import { clientOf } from "../../../src/features/analytics/client-agent.js";

it.each([
  ["my-shop/1.4 (linux; x64)", "my-shop", "1.4"],
  ["node", "node", ""],
  ["Go-http-client/1.1", "Go-http-client", "1.1"],
  ["python-requests/2.32.3", "python-requests", "2.32.3"],
  ["GuzzleHttp/7", "GuzzleHttp", "7"],
  ["Java-http-client/21.0.4", "Java-http-client", "21.0.4"],
  ["halyard-node/1.0.0 node/20.1", "halyard-node", "1.0.0"],
  ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", "browser", ""],
  ["a/b/c", "a", "b/c"],
  ["a/", "a", ""],
  ["/1.0", "unknown", ""],
  [" ", "unknown", ""],
  ["", "unknown", ""],
  [null, "unknown", ""],
  [undefined, "unknown", ""],
])("%s is %s %s", (userAgent, name, version) => {
  expect(clientOf(userAgent)).toEqual({ name, version });
});

it("cuts what is long", () => {
  const long = "x".repeat(100);
  expect(clientOf(`${long}/${long}`)).toEqual({ name: "x".repeat(64), version: "x".repeat(64) });
  expect(clientOf(long)).toEqual({ name: "x".repeat(64), version: "" });
});
