/** How failures look in GraphQL: problems with their code and details, bugs masked behind an id that the log carries. */
import { randomUUID } from "node:crypto";
import { ApolloServerErrorCode, unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { isUnavailable } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import { badField, Problem } from "../../platform/problems.js";
import { tellAbsence } from "./tell-absence.js";

const fromApollo = new Set<unknown>([
  ...Object.values(ApolloServerErrorCode).filter((code) => code !== "INTERNAL_SERVER_ERROR"),
  "GRAPHQL_VALIDATION_FAILED",
  "GRAPHQL_PARSE_FAILED",
]);

/** What a client gets for an error; never a stack, never the message of a bug. `requestId`: of the request that met with it, where that is known. */
export function formatError(
  log: Log,
  formatted: GraphQLFormattedError,
  error: unknown,
  requestId: string | undefined,
): GraphQLFormattedError {
  const found = expected(log, causeOf(error), requestId);
  const cause = misfitArgument(found) ?? found;
  const where = {
    ...(formatted.locations && { locations: formatted.locations }),
    ...(formatted.path && { path: formatted.path }),
  };
  if (cause instanceof Problem) {
    return { message: cause.message, ...where, extensions: { code: cause.code, ...cause.details } };
  }
  const code = formatted.extensions?.["code"];
  if (fromApollo.has(code)) return { message: formatted.message, ...where, extensions: { code } };
  if (isRefusal(error)) return { message: formatted.message, ...where, extensions: { code: "BAD_REQUEST" } };
  const errorId = randomUUID();
  const path = formatted.path?.join(".");
  log.error({ err: cause, errorId, requestId, path }, "A request failed unexpectedly.");
  return {
    message: "Something went wrong on the server.",
    ...where,
    extensions: { code: "INTERNAL_SERVER_ERROR", errorId },
  };
}

/** While the database is away, whatever asks it fails alike. */
function expected(log: Log, cause: unknown, requestId: string | undefined): unknown {
  if (cause instanceof Problem) {
    if (cause.code === "UNKNOWN_OUTCOME")
      log.warn({ err: cause, requestId }, "Nobody knows whether a change was made.");
    return cause;
  }
  if (!isUnavailable(cause)) return cause;
  tellAbsence(log, cause);
  const message =
    "The database does not answer. If this was a change, send it again with the same idempotencyKey, or look whether it was made.";
  return new Problem("UNAVAILABLE", message);
}

/** Where no Apollo stands between: errors as graphql-js or we made them. */
export function formatRawError(log: Log, error: GraphQLError, requestId: string): GraphQLFormattedError {
  return withRequestId(formatError(log, error.toJSON(), error, requestId), requestId);
}

/** Adds what every error carries. */
export function withRequestId(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, requestId } };
}

/** What went wrong, wherever on its way it was wrapped: at a field or, as when a subscription starts, outside of any. */
function causeOf(error: unknown): unknown {
  const wrapped = error instanceof GraphQLError ? error.originalError : undefined;
  return wrapped ?? unwrapResolverError(error);
}

/** An argument that only running the operation finds wrong, such as null given where a default had allowed a variable. */
function misfitArgument(cause: unknown): Problem | null {
  if (!(cause instanceof GraphQLError)) return null;
  const argument = /^Argument "(\w+)" /.exec(cause.message)?.[1];
  return argument === undefined ? null : badField(argument, cause.message);
}

/** Apollo gives no code to some of what it refuses, but a status. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof GraphQLError) || error.originalError !== undefined) return false;
  const { http } = error.extensions as { http?: { status?: number } };
  return http?.status !== undefined && http.status < 500;
}
