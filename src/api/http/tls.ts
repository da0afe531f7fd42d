/** The server's own TLS, for where no proxy in front speaks it. */
import { readFileSync } from "node:fs";
import type { ServerOptions } from "node:https";
import { createSecureContext } from "node:tls";
import type { Config } from "../../platform/config.js";
import { StartProblem } from "../../platform/start-problem.js";

type TlsFiles = NonNullable<Config["tls"]>;

const handshakeWithinMs = 10_000;

/** Certificate and key as the server takes them, at the start and again when they were renewed. Throws StartProblem for files that do not work. */
export function readTls({ certFile, keyFile }: TlsFiles): ServerOptions {
  const cert = read("TLS_CERT_FILE", certFile);
  const key = read("TLS_KEY_FILE", keyFile);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `TLS_CERT_FILE and TLS_KEY_FILE do not work together (${reason}): ${certFile} must be a PEM certificate, ${keyFile} its key.`;
    throw new StartProblem(message, { cause: error });
  }
  return { cert, key, minVersion: "TLSv1.2", handshakeTimeout: handshakeWithinMs };
}

function read(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new StartProblem(`${setting}: cannot read ${file}.`, { cause: error });
  }
}
