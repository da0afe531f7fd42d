/** GraphQL over HTTP: hands fastify's requests to Apollo and its answers back. */
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from "@apollo/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLFormattedError } from "graphql";
import { withRequestId } from "./format-error.js";
import type { GraphQLContext } from "./context.js";

/** Makes the context of one HTTP request. */
export type HttpContext = (request: FastifyRequest) => Promise<GraphQLContext>;

/** Serves `GET` and `POST /graphql`. */
export function serveGraphQL(
  fastify: FastifyInstance,
  apollo: ApolloServer<GraphQLContext>,
  contextOf: HttpContext,
): void {
  fastify.route({
    method: ["GET", "POST"],
    url: "/graphql",
    handler: async (request, reply) => {
      let reached = false;
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: request.method,
          headers: headersOf(request),
          search: new URL(request.url, "http://halyard").search,
          body: request.body,
        },
        context: async () => {
          reached = true;
          return contextOf(request);
        },
      });
      return send(reply, answer, reached ? null : request.id);
    },
  });
}

function headersOf(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, [value].flat().join(", "));
  }
  return headers;
}

/** `refusedId` is the request's id where Apollo refused it before there was a context to carry it. */
function send(reply: FastifyReply, answer: HTTPGraphQLResponse, refusedId: string | null): FastifyReply {
  for (const [name, value] of answer.headers) void reply.header(name, value);
  void reply.code(answer.status ?? 200);
  if (answer.body.kind === "chunked") throw new Error("Incremental delivery is not offered.");
  const text = answer.body.string;
  return reply.send(refusedId === null ? text : identified(text, refusedId));
}

function identified(text: string, requestId: string): string {
  if (!text.startsWith("{")) return text;
  const body = JSON.parse(text) as { errors?: readonly GraphQLFormattedError[] };
  if (body.errors === undefined) return text;
  return `${JSON.stringify({ ...body, errors: body.errors.map((error) => withRequestId(error, requestId)) })}\n`;
}
