/** One operation sent through both doors of GraphQL, for comparing what they answer. */
import { bearer, openFrames } from "./graphql-frames.js";

interface Failure {
  readonly message: string;
  readonly extensions: { readonly code: string } & Readonly<Record<string, unknown>>;
}

/** What a door answered, whichever it was. */
export interface DoorAnswer {
  readonly data?: unknown;
  readonly errors?: readonly Failure[] | undefined;
}

export interface Sent {
  readonly query?: string;
  /** As text: JSON that is sent as it stands, whatever it says. */
  readonly variables?: Readonly<Record<string, unknown>> | string;
  readonly operationName?: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Over HTTP. */
export async function askHttp(
  url: string,
  sent: Sent,
  credential: string | null,
): Promise<DoorAnswer & { readonly status: number }> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(credential !== null && { authorization: `Bearer ${credential}` }),
    },
    body: jsonOf(sent),
  });
  return { status: response.status, ...((await response.json()) as DoorAnswer) };
}

/** Over a WebSocket of its own: the first answer, or the errors in its place. */
export async function askWebSocket(url: string, sent: Sent, credential: string | null): Promise<DoorAnswer> {
  const { socket, say, frame } = await openFrames(url, credential === null ? {} : bearer(credential));
  try {
    say(`{"id":"1","type":"subscribe","payload":${jsonOf({ query: "", ...sent })}}`);
    const { type, payload } = await frame(({ id }) => id === "1");
    return type === "error" ? { errors: payload as readonly Failure[] } : (payload as DoorAnswer);
  } finally {
    socket.terminate();
  }
}

function jsonOf({ variables, ...rest }: Sent): string {
  if (typeof variables !== "string") return JSON.stringify({ ...rest, variables });
  return `${JSON.stringify(rest).slice(0, -1)},"variables":${variables}}`;
}

/** The codes of an answer's errors; none where there is data. */
export function codesOf({ errors = [] }: DoorAnswer): readonly string[] {
  return errors.map(({ extensions }) => extensions.code);
}
