/** What Apollo asks about an operation that came by HTTP: admitted here, before Apollo parses, validates or runs anything. */
import { type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import { parse } from "graphql";
import type { Log } from "../../platform/log.js";
import type { GraphQLContext } from "./context.js";
import type { Admitted, Documents, Refused } from "./documents.js";
import { formatRawError } from "./format-error.js";
import { codedError } from "./graphql-error.js";

/** What Apollo holds in the place of a refused document, which nobody else shall look at; it is never run. */
const nothing = parse("{ __typename }");
/** Refusals that are about who asks, answered as a field's own would be. */
const aboutTheCaller: ReadonlySet<unknown> = new Set(["UNAUTHENTICATED", "FORBIDDEN", "UNAVAILABLE"]);

/**
 * Apollo takes a document that a plugin has put into the request's context as parsed and valid, if it keeps no documents of its own
 * (`documentStore: null`).
 */
export function admission(documents: Documents, log: Log): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: async () => {
      let decided: Admitted | Refused = { errors: [] };
      return {
        didResolveSource: async (context) => {
          const { operationName, variables } = context.request;
          decided = carried(
            documents.admit({ query: context.source, operationName, variables }, context.contextValue),
          );
          Object.assign(context, { document: "errors" in decided ? nothing : decided.document });
        },
        responseForOperation: async ({ contextValue: { caller } }) =>
          "errors" in decided ? refusal(log, decided, caller.requestId) : null,
      };
    },
  };
}

function carried(decided: Admitted | Refused): Admitted | Refused {
  if ("errors" in decided || decided.operation.operation !== "subscription") return decided;
  const message = "Send subscriptions over the WebSocket; HTTP carries queries and mutations.";
  return { errors: [codedError("BAD_REQUEST", message)] };
}

function refusal(log: Log, { errors: raw }: Refused, requestId: string) {
  const errors = raw.map((error) => formatRawError(log, error, requestId));
  const isAboutCaller = errors.some(({ extensions }) => aboutTheCaller.has(extensions?.["code"]));
  return {
    http: { status: isAboutCaller ? 200 : 400, headers: new HeaderMap() },
    body: { kind: "single", singleResult: { errors } },
  } as const;
}
