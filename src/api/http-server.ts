/** The one HTTP server: request ids, headers, CORS, body limits, errors; the entrances hang on it. */
import { randomUUID } from "node:crypto";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import { fastify, type FastifyError, type FastifyInstance } from "fastify";
import type { Log } from "../platform/log.js";
import type { Metrics } from "../platform/metrics.js";

export interface HttpServerOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Origins that browsers may call from, beside the server's own. */
  readonly allowedOrigins: readonly string[];
}

const maxBodyBytes = 4 * 1024 * 1024;
const headersWithinMs = 15_000;

/** A server without routes. */
export async function openHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const server = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    bodyLimit: maxBodyBytes,
    requestTimeout: headersWithinMs,
    // Members called __proto__ are data like any other; contexts are copied into objects without a prototype.
    onProtoPoisoning: "ignore",
    onConstructorPoisoning: "ignore",
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) =>
      void refuse(options.log, error, request.id, reply as unknown as Reply),
    routerOptions: { maxParamLength: 256 },
  });
  await server.register(helmet, { contentSecurityPolicy: false, crossOriginEmbedderPolicy: false });
  await server.register(cors, {
    origin: [...options.allowedOrigins],
    credentials: false,
    exposedHeaders: ["etag", "x-request-id", "retry-after"],
    maxAge: 86_400,
  });
  server.addHook("onRequest", async (request, reply) => {
    void reply.header("x-request-id", request.id);
    void reply.header("cache-control", "no-store");
  });
  server.addHook("onResponse", async (request, reply) => {
    options.metrics.observeHttp({
      method: request.method,
      route: request.routeOptions.url ?? "unknown",
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1_000,
    });
  });
  server.setErrorHandler((error: FastifyError, request, reply) =>
    refuse(options.log, error, request.id, reply),
  );
  server.setNotFoundHandler(async (request, reply) =>
    reply
      .code(404)
      .send(
        errorBody(
          "NOT_FOUND",
          `There is nothing at ${request.method} ${request.url.split("?")[0] ?? ""}.`,
          request.id,
        ),
      ),
  );
  return server;
}

interface Reply {
  code(status: number): { send(body: unknown): unknown };
}

/** What the HTTP layer itself refuses (bad JSON, too large, wrong type), and bugs outside GraphQL, in the shape of GraphQL's errors. */
function refuse(log: Log, error: FastifyError, requestId: string, reply: Reply): unknown {
  const status = statusOf(error);
  if (status < 500) return reply.code(status).send(errorBody("BAD_REQUEST", error.message, requestId));
  const errorId = logBug(log, error, requestId);
  return reply
    .code(status)
    .send(errorBody("INTERNAL_SERVER_ERROR", "Something went wrong on the server.", requestId, errorId));
}

/** HTTP status of whatever a handler or fastify itself threw: 500 unless it says otherwise. */
export function statusOf(error: unknown): number {
  const status = typeof error === "object" && error !== null && "statusCode" in error && error.statusCode;
  return typeof status === "number" ? status : 500;
}

/** Logs what nobody expected; callers are told the id that it gives and nothing else. */
export function logBug(log: Log, error: unknown, requestId: string): string {
  const errorId = randomUUID();
  log.error({ err: error, errorId, requestId }, "A request failed unexpectedly.");
  return errorId;
}

function errorBody(code: string, message: string, requestId: string, errorId?: string): unknown {
  return {
    errors: [{ message, extensions: { code, ...(errorId !== undefined && { errorId }), requestId } }],
  };
}
