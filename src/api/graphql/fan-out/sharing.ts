/** Which subscriptions may share their executions: those in which nothing differs that an answer could depend on. Pure. */
import { hash } from "node:crypto";
import { type DocumentNode, Kind, type OperationDefinitionNode, visit } from "graphql";
import type { Caller } from "../../../features/permissions/index.js";

/** An operation as its client sent it. */
export interface Asked {
  readonly text: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The variable that says only where the client goes on from; null: none does. */
  readonly sinceVariable: string | null;
}

/** Equal for subscriptions that may share, as far as their feeds' topics are equal too. */
export function questionOf({ text, operationName, variables, sinceVariable }: Asked, caller: Caller): string {
  const others = Object.entries(variables).filter(([name]) => name !== sinceVariable);
  const question = JSON.stringify([text, operationName, others.sort(byName), authorityOf(caller)]);
  return hash("sha256", question, "base64url");
}

/** The credential, as far as rights go by it. */
function authorityOf({ identity }: Caller): readonly unknown[] {
  if (identity.kind === "API_KEY") return [identity.kind, identity.id];
  if (identity.kind !== "USER") return [identity.kind];
  const { kind, id, sessionId, expiresAt, steppedUpUntil, secondFactor } = identity;
  return [kind, id, sessionId, expiresAt, steppedUpUntil, secondFactor];
}

/** The variable that the subscribed field takes as `since`, if nothing else of the document looks at it. */
export function sinceVariableOf(document: DocumentNode, operation: OperationDefinitionNode): string | null {
  const [field] = operation.selectionSet.selections;
  if (field?.kind !== Kind.FIELD) return null;
  const value = field.arguments?.find(({ name }) => name.value === "since")?.value;
  if (value?.kind !== Kind.VARIABLE) return null;
  const wanted = value.name.value;
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false, // says that there is one
    Variable: ({ name }) => {
      if (name.value === wanted) uses += 1;
    },
  });
  return uses === 1 ? wanted : null;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
