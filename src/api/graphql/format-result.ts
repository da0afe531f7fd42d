/** What an operation on a WebSocket came to, as its client gets it. */
import type { ExecutionArgs, ExecutionResult, FormattedExecutionResult, GraphQLError } from "graphql";
import type { Log } from "../../platform/log.js";
import type { GraphQLContext } from "./context.js";
import { formatRawError } from "./format-error.js";

/** An execution's result as graphql-ws hands it over. */
interface Executed {
  readonly data?: ExecutionResult["data"] | undefined;
  readonly errors?: readonly GraphQLError[] | undefined;
}

/** Formats the errors of a result, and gives the next event fresh loaders: what they read belongs to this one. */
export function formatResult(log: Log, args: ExecutionArgs, result: Executed): FormattedExecutionResult {
  const context = args.contextValue as GraphQLContext;
  context.loaders.reset();
  const data = result.data === undefined ? {} : { data: result.data };
  if (result.errors === undefined) return data;
  const { requestId } = context.caller;
  const errors = result.errors.map((error) => formatRawError(log, error, requestId));
  return { errors, ...data };
}
