/** Reads what a client said when it opened its WebSocket connection. */
import { credentialOf } from "../client.js";

export interface ConnectionFacts {
  readonly credential: string | null;
  /** Default of `since` for subscriptions that name none. */
  readonly since: string | null;
}

/** Names are compared without case, at the top or under `headers`: Sandbox sends its Headers pane as it is. */
export function readConnection(params: Readonly<Record<string, unknown>> = {}): ConnectionFacts {
  const nested = params["headers"];
  const given = new Map<string, unknown>();
  for (const source of [typeof nested === "object" && nested !== null ? nested : {}, params]) {
    for (const [name, value] of Object.entries(source)) given.set(name.toLowerCase(), value);
  }
  const since = given.get("since");
  return {
    credential: credentialOf(given.get("authorization"), given.get("x-api-key")),
    since: typeof since === "string" ? since : null,
  };
}
