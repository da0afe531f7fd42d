/** What no answer may be, whatever was asked. */

/** Something that was sent, as it can be sent again by hand. */
export interface Sent {
  /** The door and what was done there, for the count: `query flags`, `OFREP bulk`. */
  readonly title: string;
  /** As text: headers, operation, variables, frames. */
  readonly shown: () => string;
  /** Sends the same once more. */
  readonly again: () => Promise<unknown>;
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** A finding: what is wrong, and with what. */
export interface Violation {
  readonly what: string;
  readonly sent: Sent | null;
  readonly answer: string;
}

/** What would tell a stranger how the server is made. Nothing that the fuzzer sends looks like one of these. */
const leaks: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a masked bug", /INTERNAL_SERVER_ERROR|Something went wrong on the server/],
  ["a stack", /\bat (?:async )?[\w.<>[\] ]+ \(?(?:file:|node:|\/)\S+:\d+:\d+/],
  ["a file path", /\/(?:src|dist|node_modules)\/[\w./@-]+\.[cm]?[jt]s\b|file:\/\/\//],
  [
    "a statement",
    /\b(?:select|update|delete from|insert into)\b[^"]*\$\d|Failed query|syntax error at or near/i,
  ],
  [
    "a database's error",
    /violates [\w-]+ constraint|duplicate key value|relation \\?"\w+\\?" does not|PGlite|drizzle/,
  ],
  [
    "a JavaScript error",
    /\b(?:TypeError|RangeError|ReferenceError)\b|is not a function|Cannot read propert|Maximum call stack/,
  ],
];

/** 503 is documented: for what the database must answer while it does not, and for a server that is not ready. */
export function judge({ status, body }: Answered): string | null {
  if (status >= 500 && status !== 503) return `status ${status}`;
  return judgeText(body);
}

/** For what has no status: a frame of a socket, a line of the log. */
export function judgeText(text: string): string | null {
  return leaks.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

/** Close codes of GraphQL over WebSocket and of the protocol itself that a client can bring about. */
const fairCodes = new Set([1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 4004]);

/** 4400–4499 are the client's mistakes; 1011 and 4500 would be the server's. */
export function judgeClose(code: number): string | null {
  return fairCodes.has(code) || (code >= 4400 && code < 4500) ? null : `socket closed with ${code}`;
}

const outcomePattern = /"code":"([A-Z_]+)"|"errorCode":"([A-Z_]+)"/;

/** In a word, for the count. */
export function outcomeOf({ status, body }: Answered): string {
  const [, code, errorCode] = outcomePattern.exec(body) ?? [];
  const word = code ?? errorCode;
  return word === undefined ? String(status) : `${status} ${word}`;
}
