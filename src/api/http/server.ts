/** The one HTTP server: request ids, headers, CORS, bodies, patience, errors; the entrances hang on it. */
import { randomUUID } from "node:crypto";
import type { ServerOptions } from "node:https";
import type { Readable } from "node:stream";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Log } from "../../platform/log.js";
import type { Metrics } from "../../platform/metrics.js";
import type { Problem } from "../../platform/problems.js";
import { readJsonBody } from "./body.js";
import { errorBody, failureBody, statusOf } from "./failures.js";
import { unfitHead } from "./request-head.js";
import { answerRaw, unreadableRequest } from "./raw-answer.js";
import { bareHeaders, helmetOptions } from "./security-headers.js";

export interface HttpServerOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Origins that browsers may call from, beside the server's own. */
  readonly allowedOrigins: readonly string[];
  /** Certificate and key; null: plain HTTP. */
  readonly tls: ServerOptions | null;
  /** How many bytes of body the request may have; asked only for those that could be large. */
  readonly bodyLimitOf: (request: FastifyRequest) => Promise<number>;
  /** What is wrong with the request before anything is read of it, probes excepted; null: nothing. */
  readonly refusalOf: (request: FastifyRequest) => Promise<Problem | null>;
}

/** Paths that orchestrators ask, from wherever they are. */
const probePaths: ReadonlySet<string> = new Set(["/livez", "/readyz", "/health"]);

const checkEveryMs = 1_000;
const arriveWithinMs = 15_000 - checkEveryMs; // headers and body together: all that is late is closed within 15 s
const keepIdleMs = 72_000; // longer than load balancers keep their side
const unreadAnswerMs = 60_000;
const patience = { connectionsCheckingInterval: checkEveryMs, headersTimeout: arriveWithinMs };
const maxHeaderBytes = 16 * 1024;
const maxParamLength = 256; // characters of a flag's key in an address

/** A server without routes. */
export async function openHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const server = makeServer(options);
  // Before everything that brings routes of its own: a route keeps the handler that it found.
  server.setErrorHandler((error, request, reply) => answerFailure(options.log, error, request, reply));
  await server.register(helmet, helmetOptions(options.tls !== null));
  server.addHook("onRequest", async (request, reply) => {
    void reply.headers({ "x-request-id": request.id, "cache-control": "no-store" });
  });
  await server.register(cors, {
    origin: (origin, answer) =>
      answer(null, origin !== undefined && options.allowedOrigins.includes(origin) && origin),
    credentials: false,
    exposedHeaders: ["etag", "x-request-id", "retry-after"],
    maxAge: 86_400,
  });
  server.addHook("onRequest", async (request) => {
    if (probePaths.has(request.routeOptions.url ?? "")) return;
    const refusal = unfitHead(request.raw) ?? (await options.refusalOf(request));
    if (refusal !== null) throw refusal;
  });
  server.addHook("onResponse", async (request, reply) => {
    options.metrics.observeHttp({
      method: request.method,
      route: request.routeOptions.url ?? "unknown",
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1_000,
    });
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", async (request: FastifyRequest, payload: Readable) =>
    readJsonBody(request, payload, options.bodyLimitOf),
  );
  server.setNotFoundHandler(async (request, reply) => {
    if (request.method === "OPTIONS") return reply.code(204).send(); // a page that asks first and is promised nothing
    const path = request.url.split("?")[0] ?? "";
    const message = `There is nothing at ${request.method} ${path}.`;
    return reply.code(404).send(errorBody("NOT_FOUND", message, request.id));
  });
  return server;
}

function makeServer({ log, tls }: HttpServerOptions): FastifyInstance {
  const node = { ...patience, maxHeaderSize: maxHeaderBytes, requireHostHeader: false };
  const server = fastify({
    ...(tls === null ? { http: node } : { https: { ...node, ...tls } }),
    logger: false,
    genReqId: () => randomUUID(),
    requestTimeout: arriveWithinMs,
    keepAliveTimeout: keepIdleMs,
    connectionTimeout: unreadAnswerMs,
    forceCloseConnections: true,
    clientErrorHandler: (error, socket) => {
      const refusal = unreadableRequest(error);
      if (refusal === null) socket.destroy();
      else answerRaw(socket, refusal);
    },
    frameworkErrors: (error, request, reply) => {
      void (reply as FastifyReply).headers({ ...bareHeaders, "x-request-id": request.id });
      void answerFailure(log, error, request, reply);
    },
    routerOptions: { maxParamLength },
  });
  return server;
}

/** What the HTTP layer itself refuses (bad JSON, too large, wrong type), and bugs outside GraphQL, in the shape of GraphQL's errors. */
function answerFailure(log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void keepLine(reply);
  return reply.code(statusOf(error)).send(failureBody(log, error, request.id));
}

/**
 * fastify closes the connection when a body is refused. Whoever is still sending would then find it broken and never read why;
 * so the line stays, and what still comes is thrown away until it ends or is late.
 */
export function keepLine(reply: FastifyReply): FastifyReply {
  return reply.hasHeader("connection") ? reply.removeHeader("connection") : reply;
}
