/** Clients that take their time: each is closed within 15 seconds, and however many there are, others do not wait. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSocket, sendAndListen, statusIn } from "../support/raw-http.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.close());

const promisedMs = 15_000;
const slackMs = 2_500; // of a busy machine
const head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

const elsewhere = head.replace("/graphql", "/nowhere");
const gzipHead = "\x1f\x8b\x08\x08\0\0\0\0\0\x03"; // with a file's name to come, which may be as long as it likes

async function sendSlowly(start: string, trickle: string) {
  const socket = await openSocket(server.url);
  const timer = setInterval(() => {
    if (socket.writable && trickle !== "") socket.write(trickle);
  }, 1_000);
  const outcome = await sendAndListen(socket, Buffer.from(start, "latin1"), promisedMs * 2);
  clearInterval(timer);
  return outcome;
}

/** What each sends at first, and then a second apart without end; and how it is refused. */
const slow: readonly [what: string, start: string, trickle: string, status: number][] = [
  ["nothing at all", "", "", 408],
  ["half a request line", "POST /gra", "", 408],
  ["a header now and then", head, "X-Slow: 1\r\n", 408],
  ["a body byte by byte", `${head}Content-Length: 1000\r\n\r\n{`, " ", 408],
  ["a chunked body byte by byte", `${head}Transfer-Encoding: chunked\r\n\r\n`, "1\r\n \r\n", 408],
  [
    "a packed body byte by byte",
    `${head}Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n${gzipHead}`,
    "a",
    408,
  ],
  ["the rest of a body that was refused", `${head}Content-Length: 999999999\r\n\r\n{`, " ", 413],
  ["a body to where nothing is", `${elsewhere}Content-Length: 1000\r\n\r\n{`, " ", 408],
];

describe("a client that sends slowly is closed within 15 seconds:", () => {
  let outcomes: Awaited<ReturnType<typeof sendSlowly>>[];
  beforeAll(async () => {
    outcomes = await Promise.all(slow.map(async ([, start, trickle]) => sendSlowly(start, trickle)));
  }, promisedMs * 3);

  it.each(slow.map(([what, , , status], index) => [what, status, index] as const))(
    "%s",
    (_what, status, index) => {
      const { told = "", afterMs = Infinity, closed } = outcomes[index] ?? {};
      expect(closed).toBe(true);
      expect(afterMs).toBeLessThan(promisedMs + slackMs);
      expect(statusIn(told)).toBe(status);
    },
  );
});

it("clients that wait, however many, keep nobody else from being answered", async () => {
  const idle = await Promise.all([...Array(500).keys()].map(async () => openSocket(server.url)));
  idle.forEach((socket, index) => {
    socket.on("error", () => undefined);
    if (index % 2 === 0) socket.write(`${head}Content-Length: 10\r\n\r\n{`);
  });
  const started = Date.now();
  for (let request = 0; request < 20; request += 1) {
    expect((await server.graphql("{ __typename }")).data).toEqual({ __typename: "Query" });
  }
  expect(Date.now() - started).toBeLessThan(5_000);
  for (const socket of idle) socket.destroy();
});
