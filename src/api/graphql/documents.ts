/** What stands between a client's text and its execution, once for both doors: parsing, limits, validation, and who may send it. */
import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import type { Config, GraphQLLimits } from "../../platform/config.js";
import { badInput, forbidden, Problem } from "../../platform/problems.js";
import { recordRefusal } from "../refusals.js";
import type { GraphQLContext } from "./context.js";
import { certainSubscriptions } from "./certain-subscriptions.js";
import { DocumentCache } from "./document-cache.js";
import { asGraphQLError, codedError, withCode } from "./graphql-error.js";
import {
  introspectionPolicy,
  introspectionRefused,
  introspects,
  type MayIntrospect,
} from "./introspection.js";
import { costProblem, dependsOnVariables, limitsExceeded, tooManyTokens } from "./limits/limits.js";
import { variableMistakes, type Variables } from "./limits/variables.js";
import { boundedLiterals } from "./nesting.js";
import { isBound, loadTrustedOperations, type TrustedOperations } from "./trusted-operations.js";

export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Variables | null | undefined;
}

/** An operation that may run. */
export interface Admitted {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** Why it may not: at least one error, each with its code. */
export interface Refused {
  readonly errors: readonly GraphQLError[];
}

interface DocumentOptions {
  readonly schema: GraphQLSchema;
  readonly limits: GraphQLLimits;
  readonly mayIntrospect: MayIntrospect;
  /** null: every operation is answered. */
  readonly trusted: TrustedOperations | null;
}

/** A document that has passed; the same for whoever sends it. */
interface Known {
  readonly document: DocumentNode;
  readonly introspects: boolean;
  readonly dependsOnVariables: boolean;
  readonly isTrusted: boolean;
}

const rules = [...specifiedRules, boundedLiterals, certainSubscriptions];
const bytesPerToken = 512; // a token, its share of the nodes, and where they stand

export class Documents {
  readonly #known = new DocumentCache<Known>();

  constructor(private readonly options: DocumentOptions) {}

  /** The operations that clients may name instead of sending them; null where there are none. */
  get trusted(): TrustedOperations | null {
    return this.options.trusted;
  }

  /** Whether the operation is a subscription, as far as that can be told; nothing else of it is looked at. */
  isSubscription({ query, operationName }: OperationRequest): boolean {
    try {
      const document = this.#known.get(query)?.document ?? parseWithin(query, this.options.limits);
      return getOperationAST(document, operationName)?.operation === "subscription";
    } catch {
      return false; // `admit` says what is wrong with it
    }
  }

  /** Never throws. Documents that pass are kept, those that do not are not; what is refused spends of the caller's budget too. */
  admit(request: OperationRequest, context: GraphQLContext): Admitted | Refused {
    try {
      return this.#admit(request, context);
    } catch (thrown) {
      const error = charged(asError(thrown), context);
      recordRefusal(context.tools.security, context.caller, "operation", error);
      return { errors: error instanceof Mistakes ? error.errors : [asGraphQLError(error)] };
    }
  }

  #admit({ query, operationName, variables }: OperationRequest, context: GraphQLContext): Admitted {
    const hideNames = !this.options.mayIntrospect(context);
    const known = this.#known.get(query) ?? this.#examine(query, context, hideNames);
    const { document } = known;
    if (!known.isTrusted) this.#refuseBound(context);
    if (known.introspects && hideNames) throw introspectionRefused(context);
    const operation = getOperationAST(document, operationName);
    if (operation === null || operation === undefined) {
      throw codedError("BAD_REQUEST", "Name one operation of the document by operationName.");
    }
    this.#checkVariables(known, operation, variables ?? {}, hideNames);
    return { document, operation };
  }

  #examine(text: string, context: GraphQLContext, hideSuggestions: boolean): Known {
    const { schema, limits, trusted } = this.options;
    const document = parseWithin(text, limits);
    const isTrusted = trusted?.includes(document) ?? true;
    if (!isTrusted) this.#refuseBound(context);
    refuseInvalid(schema, limits, document, hideSuggestions);
    const known: Known = {
      document,
      isTrusted,
      introspects: introspects(document),
      dependsOnVariables: dependsOnVariables(schema, document, limits),
    };
    this.#known.put(text, known, bytesPerToken * (document.tokenCount ?? limits.tokens));
    return known;
  }

  #refuseBound({ caller }: GraphQLContext): void {
    if (isBound(caller)) throw forbidden("This server answers the operations of its manifest and no others.");
  }

  #checkVariables(
    { document, dependsOnVariables: asks }: Known,
    operation: OperationDefinitionNode,
    variables: Variables,
    hideNames: boolean,
  ): void {
    const { schema, limits } = this.options;
    const mistakes = variableMistakes(schema, operation, variables, hideNames);
    if (mistakes.length > 0) throw badInput(mistakes);
    const sizeOf = (name: string): unknown => variables[name] ?? defaultOf(operation, name);
    const problem = asks ? costProblem(schema, document, operation, sizeOf, limits) : null;
    if (problem !== null) throw problem;
  }
}

/** @throws {StartProblem} for a manifest of trusted operations that does not work. */
export async function openDocuments(
  schema: GraphQLSchema,
  config: Pick<Config, "graphqlLimits" | "production" | "trustedOperationsFile">,
): Promise<Documents> {
  const { graphqlLimits: limits, trustedOperationsFile: file } = config;
  const check = (text: string): readonly string[] => mistakesOf(schema, limits, text);
  const trusted = file === undefined ? null : await loadTrustedOperations(file, check);
  return new Documents({ schema, limits, mayIntrospect: introspectionPolicy(config), trusted });
}

/** What is wrong with a text, whoever sends it; empty where all is well. */
function mistakesOf(schema: GraphQLSchema, limits: GraphQLLimits, text: string): readonly string[] {
  try {
    refuseInvalid(schema, limits, parseWithin(text, limits), false);
    return [];
  } catch (thrown) {
    const error = asError(thrown);
    return error instanceof Mistakes ? error.errors.map(({ message }) => message) : [error.message];
  }
}

/** The limits come first: some of GraphQL's own rules take long over what they refuse. */
function refuseInvalid(
  schema: GraphQLSchema,
  limits: GraphQLLimits,
  document: DocumentNode,
  hideSuggestions: boolean,
): void {
  const tooMuch = limitsExceeded(schema, document, limits);
  if (tooMuch.length > 0) throw new Mistakes(tooMuch.map(asGraphQLError));
  const mistakes = validate(schema, document, rules, { hideSuggestions });
  if (mistakes.length === 0) return;
  throw new Mistakes(mistakes.map((mistake) => withCode(mistake, "GRAPHQL_VALIDATION_FAILED")));
}

function parseWithin(text: string, limits: GraphQLLimits): DocumentNode {
  try {
    return parse(text, { maxLexicalTokens: limits.tokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    if (error.message.endsWith("Parsing aborted.")) throw tooManyTokens(limits);
    throw withCode(error, "GRAPHQL_PARSE_FAILED");
  }
}

function defaultOf({ variableDefinitions = [] }: OperationDefinitionNode, name: string): number | undefined {
  const definition = variableDefinitions.find(({ variable }) => variable.name.value === name);
  const value = definition?.defaultValue;
  return value?.kind === Kind.INT ? Number(value.value) : undefined;
}

/** The error itself, or RATE_LIMITED for whoever has too many documents refused: looking at them is work. */
function charged(error: Error, { tools, caller }: GraphQLContext): Error {
  try {
    tools.budgets.spend(caller, "management");
    return error;
  } catch (limited) {
    return asError(limited);
  }
}

/** Several errors on their way to the client. */
class Mistakes extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super("The document is not valid.");
  }
}

/** Whoever raises the limit of tokens far enough lets documents in that exhaust the stack. */
function asError(thrown: unknown): Error {
  if (thrown instanceof RangeError) return new Problem("LIMIT_EXCEEDED", "The document nests too deep.");
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
