/** OFREP's event stream: a browser hears that answers may have changed, and asks for them anew. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { permitPlace, type PlaceKeys } from "../../features/delivery/index.js";
import { type Caller, type Identity, isEvaluationKey } from "../../features/permissions/index.js";
import { Problem, unauthenticated } from "../../platform/problems.js";
import type { Entry } from "../entry.js";
import type { GraphQLContext, ServerTools } from "../graphql/context.js";
import { createEventTokens, type EventTokens } from "./event-token.js";
import { EventStreams } from "./event-streams.js";
import { guarded } from "./guarded.js";

export interface OfrepEvents {
  readonly tokens: EventTokens;
  readonly streams: EventStreams;
}

const path = "/ofrep/v1/events";

/** No stream is open; to be closed before the HTTP server. */
export function openEvents(
  tools: Pick<ServerTools, "secretKeys" | "now" | "delivery" | "recognise" | "metrics">,
): OfrepEvents {
  const tokens = createEventTokens(tools.secretKeys, tools.now);
  return { tokens, streams: new EventStreams(tools, tokens.seal) };
}

/** Path and query of the stream for whoever evaluated there; secret. null: they have none. */
export function eventsAddress({ tokens }: OfrepEvents, identity: Identity, place: PlaceKeys): string | null {
  const token = tokens.issue(identity, place);
  return token === null ? null : `${path}?token=${token}`;
}

/** Serves the stream. */
export function serveEvents(
  fastify: FastifyInstance,
  contextOf: Entry["ofRequest"],
  { tokens, streams }: OfrepEvents,
): void {
  fastify.get(path, { exposeHeadRoute: false }, async (request, reply) => {
    const { token } = request.query as { token?: unknown };
    const { tools, caller: sender } = await contextOf(request);
    const { caller, place } = bearerOf(tokens, tools, sender, token);
    await guarded("events", { tools, caller }, () => {
      permitPlace(tools.delivery.snapshots, caller, "evaluation:evaluate", place);
      streams.open({
        ...{ caller, place, isPublic: isPublic(caller), response: reply.raw },
        headers: headersOf(reply),
        lastEventId: lastOf(request.headers["last-event-id"]),
      });
      reply.hijack();
    });
  });
}

/** Whoever holds the token, with the rights that its credential has today. Throws UNAUTHENTICATED. */
function bearerOf(
  tokens: EventTokens,
  { recognise }: Pick<GraphQLContext["tools"], "recognise">,
  sender: Caller,
  token: unknown,
): { readonly caller: Caller; readonly place: PlaceKeys } {
  if (token === undefined) throw tokenMissing();
  const ticket = typeof token === "string" ? tokens.read(token) : "INVALID";
  if (typeof ticket === "string") throw unauthenticated(ticket);
  return { caller: recognise({ ...sender, identity: ticket.identity }), place: ticket.place };
}

function tokenMissing(): Problem {
  const message =
    "The address of an event stream carries a token: take it from a bulk evaluation's eventStreams.";
  return new Problem("UNAUTHENTICATED", message, { reason: "MISSING" });
}

function isPublic({ identity }: Caller): boolean {
  return isEvaluationKey(identity) && identity.keyKind === "CLIENT";
}

/** What the other hooks have set, and what keeps proxies from holding events back. */
function headersOf(reply: FastifyReply) {
  return { ...reply.getHeaders(), "content-type": "text/event-stream", "x-accel-buffering": "no" };
}

function lastOf(header: string | string[] | undefined): string | null {
  return typeof header === "string" ? header : null;
}
