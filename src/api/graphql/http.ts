/** GraphQL over HTTP: hands fastify's requests to Apollo and its answers back. */
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from "@apollo/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLFormattedError } from "graphql";
import { Problem } from "../../platform/problems.js";
import type { Entry } from "../entry.js";
import { sandboxPolicy } from "../http/security-headers.js";
import { withRequestId } from "./format-error.js";
import type { GraphQLContext } from "./context.js";

/**
 * Serves `GET` and `POST /graphql`; the page that a browser gets there is for insiders. As long as there is nothing to answer by, 503 sends
 * everybody to another instance.
 */
export function serveGraphQL(
  fastify: FastifyInstance,
  apollo: ApolloServer<GraphQLContext>,
  entry: Pick<Entry, "ofRequest" | "insidersOnly">,
  isLoaded: () => boolean,
): void {
  fastify.route({
    method: ["GET", "POST"],
    url: "/graphql",
    handler: async (request, reply) => {
      if (!isLoaded()) {
        void reply.header("retry-after", "1");
        throw new Problem("UNAVAILABLE", nothingLoaded);
      }
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: request.method,
          headers: headersOf(request),
          search: /\?[^#]*/.exec(request.url)?.[0] ?? "",
          body: request.body,
        },
        context: async () => entry.ofRequest(request),
      });
      if (answer.headers.get("content-type") === "text/html") {
        await entry.insidersOnly(request);
        return sendPage(request, reply, answer);
      }
      return send(reply, answer, request.id);
    },
  });
}

const nothingLoaded =
  "The database does not answer, and this instance has not seen it yet: ask another one, or again in a moment.";

function headersOf(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, [value].flat().join(", "));
  }
  return headers;
}

function sendPage(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { body }: HTTPGraphQLResponse,
): FastifyReply {
  const page = body.kind === "complete" ? body.string : "";
  const policy = sandboxPolicy(page, headers.host ?? "");
  return reply
    .headers({ "content-type": "text/html; charset=utf-8", "content-security-policy": policy })
    .send(page);
}

/** Errors of what Apollo refused before an operation ran know no context, so they get the request's id here. */
function send(reply: FastifyReply, answer: HTTPGraphQLResponse, requestId: string): FastifyReply {
  const { status = 200 } = answer;
  for (const [name, value] of answer.headers) void reply.header(name, value);
  void reply.code(status);
  if (answer.body.kind === "chunked") throw new Error("Incremental delivery is not offered.");
  const text = answer.body.string;
  return reply.send(status < 400 ? text : identified(text, requestId));
}

function identified(text: string, requestId: string): string {
  if (!text.startsWith("{")) return text;
  const body = JSON.parse(text) as { errors?: readonly GraphQLFormattedError[] };
  if (body.errors === undefined) return text;
  return `${JSON.stringify({ ...body, errors: body.errors.map((error) => withRequestId(error, requestId)) })}\n`;
}
