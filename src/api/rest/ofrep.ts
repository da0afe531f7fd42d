/** OpenFeature Remote Evaluation Protocol: the plain-HTTP door for SDKs of every language. */
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  catchUp,
  evaluate,
  evaluateAll,
  type Evaluation,
  permitPlace,
  type PlaceArguments,
} from "../../features/delivery/index.js";
import type { Log } from "../../platform/log.js";
import { badField, Problem, quote } from "../../platform/problems.js";
import type { Entry } from "../entry.js";
import type { GraphQLContext } from "../graphql/context.js";
import { logBug, problemStatuses, statusOf } from "../http/failures.js";
import { keepLine } from "../http/server.js";
import { guarded } from "./guarded.js";
import { eventsAddress, type OfrepEvents, serveEvents } from "./ofrep-events.js";
import { bulkText, errorCodeOf, failureText, httpStatusOf, resolutionText } from "./ofrep-text.js";

/** Serves both evaluation endpoints and the event stream. Users and MANAGEMENT keys name the place by `?project=…&environment=…`. */
export function serveOfrep(
  fastify: FastifyInstance,
  contextOf: Entry["ofRequest"],
  log: Log,
  events: OfrepEvents,
): void {
  // A scope of its own: whatever goes wrong in it, unreadable bodies included, is told as OFREP tells it.
  void fastify.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => refuse(log, error, request, reply));
    serveEvents(scope, contextOf, events);

    scope.post("/ofrep/v1/evaluate/flags/:key", async (request, reply) => {
      const { key } = request.params as { key: string };
      const context = await contextOf(request);
      const asking = { flagKey: key, ...readAsking(request, context) };
      const evaluation = await guarded("evaluate", context, () =>
        evaluate(context.tools, context.caller, asking),
      );
      const text = resolutionText(evaluation, isWhole(context, evaluation));
      return reply.code(httpStatusOf(evaluation)).type(json).send(text);
    });

    scope.post("/ofrep/v1/evaluate/flags", async (request, reply) => {
      const context = await contextOf(request);
      const asking = readAsking(request, context);
      const { place, evaluations } = await guarded("evaluateAll", context, async () => {
        await freshen(events, context, asking, request.query);
        return evaluateAll(context.tools, context.caller, asking);
      });
      const flags = evaluations.map((evaluation) => resolutionText(evaluation, isWhole(context, evaluation)));
      const body = bulkText(flags, eventsAddress(events, context.caller.identity, place));
      const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
      void reply.header("etag", etag);
      if (matches(request.headers["if-none-match"], etag)) return reply.code(304).send();
      return reply.type(json).send(body);
    });
  });
}

const json = "application/json; charset=utf-8";
const freshWithinMs = 2_000;

/**
 * Before whoever was told of a change is answered. Throws UNAVAILABLE where this instance cannot see the change in time: the answers that they
 * have are newer than those that they would get. `flagConfigLastModified` adds nothing, since every event has an etag.
 */
async function freshen(
  { tokens }: OfrepEvents,
  { tools, caller }: GraphQLContext,
  asking: PlaceArguments,
  query: unknown,
): Promise<void> {
  const { flagConfigEtag } = query as { flagConfigEtag?: unknown };
  const told = typeof flagConfigEtag === "string" ? tokens.unseal(flagConfigEtag) : null;
  if (told === null) return;
  const place = permitPlace(tools.delivery.snapshots, caller, "evaluation:evaluate", asking);
  await catchUp(tools, place, told, freshWithinMs);
}

/** How SDKs that tell integers from floats shall read the flag's numbers. */
function isWhole({ tools }: GraphQLContext, { key, asked }: Evaluation): boolean {
  return tools.delivery.snapshots.hasWholeNumbers(asked.place.project, key);
}

function refuse(log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { key = null } = request.params as { key?: string };
  void keepLine(reply).type(json);
  if (error instanceof Problem) {
    const { retryAfterSeconds } = error.details;
    if (retryAfterSeconds !== undefined) void reply.header("retry-after", String(retryAfterSeconds));
    if (error.code === "UNAUTHENTICATED") void reply.header("www-authenticate", "Bearer");
    const text = failureText(key, errorCodeOf(key, error), error.message);
    return reply.code(problemStatuses[error.code]).send(text);
  }
  const status = statusOf(error);
  if (error instanceof Error && status < 500) {
    return reply.code(status).send(failureText(key, "PARSE_ERROR", error.message));
  }
  const errorId = logBug(log, error, request.id);
  return reply
    .code(500)
    .send(failureText(key, "GENERAL", `Something went wrong on the server (error ${errorId}).`));
}

function readAsking(request: FastifyRequest, { requestAttributes }: GraphQLContext) {
  const { project, environment } = request.query as { project?: unknown; environment?: unknown };
  const body: unknown = request.body;
  const sent = typeof body === "object" && body !== null && "context" in body ? body.context : undefined;
  if (typeof sent !== "object" || sent === null || Array.isArray(sent)) {
    throw badField("context", `must be an object, got ${quote(sent)}.`);
  }
  const { targetingKey, proof, ...attributes } = sent as Record<string, unknown>;
  return {
    context: { targetingKey, proof, attributes },
    project: typeof project === "string" ? project : null,
    environment: typeof environment === "string" ? environment : null,
    requestAttributes,
  };
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((candidate) => {
    const tag = candidate.trim();
    return tag === "*" || tag.replace(/^W\//, "") === etag;
  });
}
