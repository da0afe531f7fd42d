/** OpenFeature Remote Evaluation Protocol: the plain-HTTP door for SDKs of every language. */
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { evaluate, evaluateAll, type Evaluation } from "../../features/delivery/index.js";
import type { Log } from "../../platform/log.js";
import { badField, Problem, quote } from "../../platform/problems.js";
import type { Entry } from "../entry.js";
import type { GraphQLContext } from "../graphql/context.js";
import { logBug, problemStatuses, statusOf } from "../http/failures.js";
import { keepLine } from "../http/server.js";
import { recordRefusal } from "../refusals.js";
import { errorCodeOf, failureText, httpStatusOf, resolutionText } from "./ofrep-text.js";

/** Serves both evaluation endpoints. Users and MANAGEMENT keys name the place by `?project=…&environment=…`. */
export function serveOfrep(fastify: FastifyInstance, contextOf: Entry["ofRequest"], log: Log): void {
  // A scope of its own: whatever goes wrong in it, unreadable bodies included, is told as OFREP tells it.
  void fastify.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => refuse(log, error, request, reply));

    scope.post("/ofrep/v1/evaluate/flags/:key", async (request, reply) => {
      const { key } = request.params as { key: string };
      const context = await contextOf(request);
      const asking = { flagKey: key, ...readAsking(request, context) };
      const evaluation = guarded("evaluate", context, () => evaluate(context.tools, context.caller, asking));
      const text = resolutionText(evaluation, isWhole(context, evaluation));
      return reply.code(httpStatusOf(evaluation)).type(json).send(text);
    });

    scope.post("/ofrep/v1/evaluate/flags", async (request, reply) => {
      const context = await contextOf(request);
      const asking = readAsking(request, context);
      const { evaluations } = guarded("evaluateAll", context, () =>
        evaluateAll(context.tools, context.caller, asking),
      );
      const flags = evaluations.map((evaluation) => resolutionText(evaluation, isWhole(context, evaluation)));
      const body = `{"flags":[${flags.join(",")}]}`;
      const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
      void reply.header("etag", etag);
      if (matches(request.headers["if-none-match"], etag)) return reply.code(304).send();
      return reply.type(json).send(body);
    });
  });
}

const json = "application/json; charset=utf-8";

/** Costs one of the caller's budget. Refused attempts go to the security log, under the names that GraphQL has for them. */
function guarded<T>(operation: string, { tools, caller }: GraphQLContext, work: () => T): T {
  try {
    tools.budgets.spend(caller, "evaluation");
    return work();
  } catch (error) {
    recordRefusal(tools.security, caller, operation, error);
    throw error;
  }
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
