import { expect, it } from "vitest";
import { readConnection } from "../../../src/api/graphql/connection-facts.js";

it.each([
  ["authorization", { authorization: "Bearer abc" }],
  ["whatever its case", { AuthoRization: "Bearer abc" }],
  ["x-api-key", { "x-api-key": "abc" }],
  ["in any case as well", { "X-API-Key": "abc" }],
  ["Sandbox's pane of headers", { headers: { Authorization: "Bearer abc" } }],
  ["an API key in it", { headers: { "X-Api-Key": "abc" } }],
  ["the top before the pane", { authorization: "Bearer abc", headers: { Authorization: "Bearer def" } }],
])("a credential is taken from %s", (_where, params) => {
  expect(readConnection(params)).toEqual({ credential: "abc", since: null });
});

it.each([undefined, {}, { headers: null }, { headers: "x", authorization: 5, since: 7 }])(
  "nothing is taken from %j",
  (params) => {
    expect(readConnection(params)).toEqual({ credential: null, since: null });
  },
);

it("what the client holds is taken from either place", () => {
  expect(readConnection({ since: "1.2" }).since).toBe("1.2");
  expect(readConnection({ headers: { Since: "1.2" } }).since).toBe("1.2");
});
