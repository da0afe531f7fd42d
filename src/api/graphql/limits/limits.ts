/** How much one operation may ask for, said once for HTTP and the WebSocket; asked before the rules of GraphQL, some of which take long over what is refused here. */
import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode } from "graphql";
import type { GraphQLLimits } from "../../../platform/config.js";
import { maxPageSize } from "../../../platform/graphql/page.js";
import { Problem } from "../../../platform/problems.js";
import { costOf, type PageSizeOf } from "./cost.js";
import { type Fragments, tallyOf } from "./tally.js";

/** The standard introspection query is 15 levels deep. */
const introspectionDepth = 20;
const tellUpTo = 1_000_000;

/** What is too much whatever the variables are. LIMIT_EXCEEDED, each naming its limit; empty where all is well. */
export function limitsExceeded(
  schema: GraphQLSchema,
  document: DocumentNode,
  limits: GraphQLLimits,
): readonly Problem[] {
  const fragments = fragmentsOf(document);
  return operationsOf(document).flatMap((operation) => {
    const tally = tallyOf(operation, fragments);
    const isMutation = operation.operation === "mutation";
    const cheapest = costOf(schema, operation, fragments, () => 1);
    return [
      exceeded("levels of selections", tally.depth, limits.depth, "GRAPHQL_MAX_DEPTH"),
      exceeded("levels of selections under __schema or __type", tally.introspectionDepth, introspectionDepth),
      exceeded("aliases", tally.aliases, limits.aliases, "GRAPHQL_MAX_ALIASES"),
      exceeded("directives", tally.directives, limits.directives, "GRAPHQL_MAX_DIRECTIVES"),
      isMutation
        ? exceeded("mutations", tally.fields, limits.mutations, "GRAPHQL_MAX_MUTATIONS")
        : exceeded("fields at the root", tally.fields, limits.rootFields, "GRAPHQL_MAX_ROOT_FIELDS"),
      costExceeded(cheapest, limits),
    ].filter((problem) => problem !== null);
  });
}

/** Whether the variables decide if the document's operations cost too much: then `costProblem` is to be asked each time. */
export function dependsOnVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  limits: GraphQLLimits,
): boolean {
  const fragments = fragmentsOf(document);
  return operationsOf(document).some(
    (operation) => costOf(schema, operation, fragments, () => maxPageSize) > limits.cost,
  );
}

/** LIMIT_EXCEEDED where the operation costs too much with these page sizes. */
export function costProblem(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  pageSizeOf: PageSizeOf,
  limits: GraphQLLimits,
): Problem | null {
  return costExceeded(costOf(schema, operation, fragmentsOf(document), pageSizeOf), limits);
}

function costExceeded(cost: number, limits: GraphQLLimits): Problem | null {
  return exceeded(
    "points of cost (a field is one, and a field of a list one for each entry)",
    cost,
    limits.cost,
    "GRAPHQL_MAX_COST",
  );
}

/** LIMIT_EXCEEDED for a text of more tokens than may be read; how many more is not looked at. */
export function tooManyTokens({ tokens }: GraphQLLimits): Problem {
  return limitExceeded("tokens", `more than ${tokens}`, tokens, "GRAPHQL_MAX_TOKENS");
}

function exceeded(what: string, got: number, limit: number, setting?: string): Problem | null {
  if (got <= limit) return null;
  return limitExceeded(what, got > tellUpTo ? `more than ${tellUpTo}` : `${got}`, limit, setting);
}

function limitExceeded(what: string, got: string, limit: number, setting?: string): Problem {
  const raise = setting === undefined ? "" : ` The server's setting ${setting} raises the limit.`;
  return new Problem("LIMIT_EXCEEDED", `An operation may have at most ${limit} ${what}, got ${got}.${raise}`);
}

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

function operationsOf({ definitions }: DocumentNode): readonly OperationDefinitionNode[] {
  return definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
}
