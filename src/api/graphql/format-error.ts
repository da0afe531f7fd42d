/** How failures look in GraphQL: problems with their code and details, bugs masked behind an id that the log carries. */
import { randomUUID } from "node:crypto";
import { ApolloServerErrorCode, unwrapResolverError } from "@apollo/server/errors";
import type { GraphQLError, GraphQLFormattedError } from "graphql";
import type { Log } from "../../platform/log.js";
import { type FieldMistake, Problem } from "../../platform/problems.js";

const fromApollo = new Set<unknown>([
  ...Object.values(ApolloServerErrorCode).filter((code) => code !== "INTERNAL_SERVER_ERROR"),
  "GRAPHQL_VALIDATION_FAILED",
  "GRAPHQL_PARSE_FAILED",
]);

/** What a client gets for an error; never a stack, never the message of a bug. */
export function formatError(
  log: Log,
  formatted: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  const where = {
    ...(formatted.locations && { locations: formatted.locations }),
    ...(formatted.path && { path: formatted.path }),
  };
  if (cause instanceof Problem) {
    return { message: cause.message, ...where, extensions: { code: cause.code, ...cause.details } };
  }
  const code = formatted.extensions?.["code"];
  if (code === ApolloServerErrorCode.BAD_USER_INPUT) {
    const fields = coercionMistakes(formatted.message);
    return { message: formatted.message, ...where, extensions: { code, fields } };
  }
  if (fromApollo.has(code)) return { message: formatted.message, ...where, extensions: { code } };
  const errorId = randomUUID();
  log.error({ err: cause, errorId, path: formatted.path?.join(".") }, "A request failed unexpectedly.");
  return {
    message: "Something went wrong on the server.",
    ...where,
    extensions: { code: "INTERNAL_SERVER_ERROR", errorId },
  };
}

/** For the WebSocket, where no Apollo stands between: errors as graphql-js made them. */
export function formatRawError(log: Log, error: GraphQLError, code?: string): GraphQLFormattedError {
  const formatted = error.toJSON();
  const known = formatted.extensions?.["code"] ?? code;
  return formatError(
    log,
    { ...formatted, ...(known !== undefined && { extensions: { code: known } }) },
    error,
  );
}

/** Adds what every error carries. */
export function withRequestId(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, requestId } };
}

/** The path that graphql-js puts into the message of a variable it cannot coerce: `… at "input.percent"; …`. */
function coercionMistakes(message: string): readonly FieldMistake[] {
  const variable = /^Variable "\$(\w+)"/.exec(message)?.[1] ?? "variables";
  const at = / at "([^"]+)"; /.exec(message);
  const got = /got invalid value (.*?)(?: at "|; )/.exec(message)?.[1];
  const detail = message.slice(message.indexOf("; ") + 1).trim();
  const tail = got === undefined ? "" : ` Got ${got}.`;
  return [{ path: at?.[1] ?? variable, message: `${detail === "" ? message : detail}${tail}` }];
}
