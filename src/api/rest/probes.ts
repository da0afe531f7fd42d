/** What orchestrators and Prometheus ask: alive, ready, healthy, figures. */
import type { FastifyInstance } from "fastify";
import type { ServerStatus } from "../../features/delivery/index.js";
import type { Metrics } from "../../platform/metrics.js";
import type { Entry } from "../entry.js";

/** The server's own view of its health; read from memory, so that a probe never waits for a dependency. */
export interface Health extends ServerStatus {
  /** Open WebSockets. */
  readonly connections: number;
}

/** Serves `/livez`, `/readyz`, `/health`, and `/metrics` to insiders. */
export function serveProbes(
  fastify: FastifyInstance,
  health: () => Health,
  metrics: Metrics,
  insidersOnly: Entry["insidersOnly"],
): void {
  fastify.get("/livez", async (_request, reply) => reply.type("text/plain").send("alive\n"));

  fastify.get("/readyz", async (_request, reply) => {
    const { ready } = health();
    return reply
      .code(ready ? 200 : 503)
      .type("text/plain")
      .send(ready ? "ready\n" : "not ready\n");
  });

  fastify.get("/health", async (_request, reply) => {
    const now = health();
    const status = !now.ready ? "unavailable" : now.stale || !now.bus.up ? "degraded" : "ok";
    return reply.code(now.ready ? 200 : 503).send({ status, ...now });
  });

  fastify.get("/metrics", { onRequest: insidersOnly }, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.render()),
  );
}
