/** What no client library would send: bytes on a socket that are HTTP, nearly HTTP, or cut short. */
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { anyCredential } from "./credentials.js";
import type { Exchange, Tools } from "./http-doors.js";
import type { Random } from "./random.js";

const paths = [
  ...[
    "/",
    "/graphql",
    "/livez",
    "/readyz",
    "/health",
    "/metrics",
    "/ofrep/v1/evaluate/flags",
    "/favicon.ico",
  ],
  ...[
    "/graphql/",
    "/graphql?query=%zz",
    "/graphql?query={__typename}",
    "//graphql",
    "/graphql#x",
    "/%00",
    "/%ff",
  ],
  ...["/ofrep/v1/evaluate/flags/%zz", "/ofrep/v1/evaluate/flags/%00", "/ofrep/v1/evaluate/flags/..%2f..%2f"],
  ...["/../../etc/passwd", "/..%5c..%5c", "http://elsewhere.example/graphql", "*", "/graphql?a[__proto__]=1"],
];
const methods = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "PROPFIND",
  "FOO",
  "get",
];
const types = [
  "application/json",
  "application/json; charset=utf-16",
  "text/plain",
  "application/xml",
  "x",
  "",
];

const smallBody = '{"query":"{ __typename }"}';

/** Header lines that are right, wrong, twice, or enormous. */
function headerLines(random: Random, credential: string | null): string[] {
  const lines = ["Host: x", `Content-Type: ${random.pick(types)}`];
  if (credential !== null) lines.push(`Authorization: Bearer ${credential}`);
  const odd = [
    "X-Forwarded-For: 1.2.3.4, garbage, ::1",
    "X-Forwarded-For: " + "1.1.1.1, ".repeat(500),
    `Cookie: ${"a=b; ".repeat(200)}`,
    `X-Long: ${"x".repeat(random.pick([1_000, 20_000]))}`,
    "Origin: https://elsewhere.example",
    "Origin: null",
    "Access-Control-Request-Method: POST",
    "Accept: text/html",
    "Accept-Language: " + "de;q=0.5,".repeat(300),
    "User-Agent: " + "Mozilla/5.0 (".repeat(200),
    "Expect: 100-continue",
    "Content-Encoding: gzip",
    "Content-Encoding: br, gzip",
    'If-None-Match: "x"',
    "Range: bytes=0-1",
    "Upgrade: websocket\r\nConnection: Upgrade",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings",
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x",
    "Authorization: Basic eDp5",
    "X-Api-Key: a b c",
    "Bad Header: x",
    "X-Nul: \0",
    ": empty",
  ];
  for (let left = random.below(4); left > 0; left -= 1) lines.push(random.pick(odd));
  return lines;
}

/** One request as bytes, in pieces that are sent one after the other. */
function anyRequest({ random, credentials }: Tools): {
  readonly title: string;
  readonly pieces: readonly Buffer[];
} {
  const method = random.weighed([
    [3, "POST"],
    [2, random.pick(methods)],
  ]);
  const path = random.chance(0.97) ? random.pick(paths) : `/${"a".repeat(random.pick([300, 10_000]))}`;
  const head = [`${method} ${path} HTTP/${random.pick(["1.1", "1.1", "1.1", "1.0", "2.0", "9"])}`];
  head.push(...headerLines(random, anyCredential(random, credentials)));
  const framed = (lines: readonly string[], ...bodies: readonly (string | Buffer)[]): Buffer[] => [
    Buffer.from(`${[...head, ...lines].join("\r\n")}\r\n\r\n`),
    ...bodies.map((body) => Buffer.from(body)),
  ];
  const sized = (body: string | Buffer, length = Buffer.byteLength(body)): Buffer[] =>
    framed([`Content-Length: ${length}`], body);
  const [title, pieces] = random.pick<() => readonly [string, readonly Buffer[]]>([
    () => ["sized body", sized(smallBody)],
    () => ["cut body", sized(smallBody.slice(0, random.below(smallBody.length)), 26)],
    () => ["overlong body", sized(`${smallBody}${smallBody}`, smallBody.length)],
    () => ["negative length", sized(smallBody, -1)],
    () => [
      "gzip body",
      framed(
        [`Content-Encoding: gzip`, `Content-Length: ${gzipSync(smallBody).length}`],
        gzipSync(smallBody),
      ),
    ],
    () => ["gzip bomb", sized(bomb)],
    () => ["large body", sized(`{"query":"${" ".repeat(random.pick([260_000, 4_300_000]))}"}`)],
    () => ["chunked body", framed(["Transfer-Encoding: chunked"], `1a\r\n${smallBody}\r\n0\r\n\r\n`)],
    () => ["bad chunk", framed(["Transfer-Encoding: chunked"], `zz\r\n${smallBody}\r\n`)],
    () => [
      "length and chunks",
      framed(["Content-Length: 5", "Transfer-Encoding: chunked"], "0\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
    ],
    () => ["cut head", [Buffer.from(head.join("\r\n").slice(0, random.between(1, 60)))]],
    () => ["binary", [Buffer.from(random.list(random.between(1, 400), () => random.below(256)))]],
    () => ["pipelined", [...sized(smallBody), ...sized(smallBody), ...sized("x")]],
    () => ["no body", framed([])],
  ])();
  return { title, pieces };
}

const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024, 32));
const patienceMs = 400;

/** Sends it and hangs up after a moment, whether there was an answer or not. */
export async function rawExchange(tools: Tools): Promise<Exchange> {
  const { title, pieces } = anyRequest(tools);
  const isHalfClosed = tools.random.chance(0.3);
  const body = await sendPieces(tools.url, pieces, isHalfClosed);
  const statuses = [...body.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
  const sent = {
    title: `raw HTTP, ${title}`,
    shown: () => pieces.map((piece) => JSON.stringify(piece.toString("latin1").slice(0, 3_000))).join("\n"),
    again: async () => sendPieces(tools.url, pieces, isHalfClosed),
  };
  return { sent, answer: { status: Math.max(0, ...statuses), body } };
}

/** What came back until then. */
async function sendPieces(url: string, pieces: readonly Buffer[], isHalfClosed: boolean): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(Number(port), hostname, () => {
      for (const piece of pieces) socket.write(piece);
      if (isHalfClosed) socket.end();
    });
    const finish = (): void => {
      socket.destroy();
      resolve(received);
    };
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
    });
    socket.on("error", finish); // a server may hang up on whoever sends this
    socket.on("close", finish);
    setTimeout(finish, patienceMs).unref();
  });
}
