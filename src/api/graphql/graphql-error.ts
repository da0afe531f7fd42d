/** Errors on their way to the client as graphql-js carries them; `format-error.ts` decides what the client sees of them. */
import { GraphQLError } from "graphql";

/** With a code of the protocol's own, such as BAD_REQUEST; what callers get wrong in the house's terms is a Problem. */
export function codedError(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** What graphql-js itself found wrong, with a code. */
export function withCode({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  const where = { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null };
  return new GraphQLError(message, { ...where, extensions: { code } });
}

/** Whatever was thrown. */
export function asGraphQLError(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  const originalError = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new GraphQLError(originalError.message, { originalError });
}
