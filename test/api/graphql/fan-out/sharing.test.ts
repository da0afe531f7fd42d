import { type DocumentNode, type OperationDefinitionNode, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { questionOf, sinceVariableOf } from "../../../../src/api/graphql/fan-out/sharing.js";
import { keyCaller, userCaller } from "../../../support/tools.js";

function sinceIn(text: string): string | null {
  const document: DocumentNode = parse(text);
  return sinceVariableOf(document, document.definitions[0] as OperationDefinitionNode);
}

describe("the variable that says where a client goes on from", () => {
  it.each([
    ["is found, whatever its name", "subscription ($at: String) { flagChanges(since: $at) { kind } }", "at"],
    ["is not a text in the document", 'subscription { flagChanges(since: "1.1") { kind } }', null],
    [
      "is none that something else looks at",
      "subscription ($at: String) { flagChanges(since: $at, project: $at) { kind } }",
      null,
    ],
    [
      "is none that a field within looks at",
      "subscription ($at: String) { flagChanges { flag { history(since: $at) { id } } } }",
      null,
    ],
    [
      "is not looked for in fragments",
      "subscription ($at: String) { ...f } fragment f on Subscription { flagChanges(since: $at) { kind } }",
      null,
    ],
  ])("%s", (_what, text, expected) => {
    expect(sinceIn(text)).toBe(expected);
  });
});

describe("two subscriptions", () => {
  const caller = keyCaller();
  const asked = {
    text: "subscription { evaluations { revision } }",
    operationName: null,
    variables: { context: { targetingKey: "a" }, more: true, at: "1.1" },
    sinceVariable: "at",
  };
  const question = questionOf(asked, caller);

  it("may share whatever they held, and in whatever order their variables came", () => {
    const variables = { at: "2.9-abc", more: true, context: { targetingKey: "a" } };
    expect(questionOf({ ...asked, variables }, { ...caller, requestId: "other", ip: "203.0.113.9" })).toBe(
      question,
    );
  });

  it.each([
    ["text", { ...asked, text: "subscription { evaluations { snapshot } }" }, caller],
    ["operation", { ...asked, operationName: "A" }, caller],
    ["variables", { ...asked, variables: { ...asked.variables, more: false } }, caller],
    ["revision, where it may matter", { ...asked, sinceVariable: null, variables: { at: "2.1" } }, caller],
    ["key", asked, keyCaller({ id: "00000000-0000-4000-8000-000000000009" })],
    ["kind of credential", asked, userCaller("ADMIN")],
  ])("of another %s may not share", (_what, other, by) => {
    expect(questionOf(other, by)).not.toBe(question);
  });

  it("of one user may share within a session only", () => {
    const user = userCaller("VIEWER");
    const later = { ...user, identity: { ...user.identity, sessionId: "another" } } as typeof user;
    expect(questionOf(asked, later)).not.toBe(questionOf(asked, user));
  });
});
