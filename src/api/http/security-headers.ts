/** The headers that tell browsers what an answer may do, and the narrow exception that Apollo Sandbox needs. */
import type { FastifyHelmetOptions } from "@fastify/helmet";

/** Of answers that are no page: nothing may be loaded, nobody may frame them. */
const policy = {
  "default-src": ["'none'"],
  "base-uri": ["'none'"],
  "form-action": ["'none'"],
  "frame-ancestors": ["'none'"],
};

const yearInSeconds = 365 * 24 * 3_600;

/** For every answer. Browsers are told to insist on TLS only where this server speaks it itself. */
export function helmetOptions(speaksTls: boolean): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: { useDefaults: false, directives: policy },
    crossOriginEmbedderPolicy: false, // Sandbox frames a page that does not ask for it
    frameguard: { action: "deny" },
    strictTransportSecurity: speaksTls && { maxAge: yearInSeconds, includeSubDomains: false },
  };
}

/** The least that an answer carries where no response object exists that could carry more. */
export const bareHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": written(policy),
  "x-content-type-options": "nosniff",
};

/**
 * What Apollo Sandbox's page may load: its scripts, styles and frame from Apollo, marked by the page's own nonce, and this server.
 * `host` is the Host header: not every browser counts the WebSocket of the same host as `'self'`.
 */
export function sandboxPolicy(page: string, host: string): string {
  const nonce = /nonce="([0-9a-f]+)"/.exec(page)?.[1] ?? "";
  const cdn = "https://apollo-server-landing-page.cdn.apollographql.com";
  const sockets = /^[\w.:[\]-]+$/.test(host) ? [`ws://${host}`, `wss://${host}`] : [];
  return written({
    ...policy,
    "script-src": [`'nonce-${nonce}'`, "https://embeddable-sandbox.cdn.apollographql.com"],
    "style-src": [
      `'nonce-${nonce}'`,
      "https://embeddable-sandbox.cdn.apollographql.com",
      "https://fonts.googleapis.com",
    ],
    "font-src": ["https://fonts.gstatic.com"],
    "img-src": [cdn],
    "manifest-src": [cdn],
    "frame-src": ["https://sandbox.embed.apollographql.com"],
    "connect-src": ["'self'", ...sockets],
  });
}

function written(directives: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}
