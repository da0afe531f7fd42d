/** Requests that offer another protocol are answered in this one. */
import { setTimeout as wait } from "node:timers/promises";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Certificates, openCertificates } from "../../support/certificates.js";
import { answerTo, openSocket, sendAndListen, statusIn } from "../../support/raw-http.js";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.close());

/** What Java's client sends with its first request. */
const offer =
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n";
const body = '{"query":"{ __typename }"}';
const post = `POST /graphql HTTP/1.1\r\nHost: x\r\n${offer}Content-Type: application/json\r\n`;
const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

describe("an offer to speak HTTP/2", () => {
  it.each([
    ["without a body", `GET /livez HTTP/1.1\r\nHost: x\r\n${offer}\r\n`, "alive"],
    ["with one", `${post}Content-Length: ${body.length}\r\n\r\n${body}`, '{"data":{"__typename":"Query"}}'],
    [
      "with chunks of one",
      `${post}Transfer-Encoding: chunked\r\n\r\n${chunked}`,
      '{"data":{"__typename":"Query"}}',
    ],
    [
      "to where nothing is",
      `GET /nowhere HTTP/1.1\r\nHost: x\r\n${offer}\r\n`,
      "There is nothing at GET /nowhere.",
    ],
  ])("is passed over: %s", async (_what, request, answer) => {
    expect(await answerTo(server.url, request, 300)).toContain(answer);
  });

  it("is passed over where the body comes later, and the connection serves on", async () => {
    const socket = await openSocket(server.url);
    const outcome = sendAndListen(socket, `${post}Content-Length: ${body.length}\r\n\r\n`, 500);
    await wait(50);
    socket.write(body.slice(0, 10));
    await wait(50);
    socket.write(body.slice(10));
    await wait(50);
    socket.write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    const { told } = await outcome;
    expect(told.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
    expect(told).toContain("alive");
  });

  it("keeps the bounds that hold without it", async () => {
    expect(statusIn(await answerTo(server.url, `${post}Content-Length: 999999999\r\n\r\n`, 300))).toBe(413);
    const crowd = "a: b\r\n".repeat(200);
    expect(statusIn(await answerTo(server.url, `${post}${crowd}\r\n`, 300))).toBe(431);
  });

  it("ends where the client wants it to end", async () => {
    const request = `GET /livez HTTP/1.1\r\nHost: x\r\n${offer.replace("Upgrade,", "close, Upgrade,")}\r\n`;
    const { closed, told } = await sendAndListen(await openSocket(server.url), request, 5_000);
    expect(told).toContain("alive");
    expect(closed).toBe(true);
  });
});

describe("over TLS", () => {
  let certificates: Certificates;
  let secure: TestServer;
  let ca: string;
  beforeAll(async () => {
    certificates = await openCertificates();
    const { certFile, keyFile, cert } = await certificates.make("server");
    ca = cert;
    secure = await startServer("pglite", { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });
  });
  afterAll(async () => {
    await secure.close();
    await certificates.remove();
  });

  it("an offer is passed over as well", async () => {
    const { hostname, port } = new URL(secure.url);
    const socket = connect({ host: hostname, port: Number(port), ca });
    await new Promise((resolve) => socket.once("secureConnect", resolve));
    const request = `${post}Content-Length: ${body.length}\r\n\r\n${body}`;
    expect((await sendAndListen(socket, request, 500)).told).toContain('{"data":{"__typename":"Query"}}');
  });
});
