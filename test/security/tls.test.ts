/** TLS of the server's own: both doors speak it, old versions are refused, and a certificate can be renewed under way. */
import { copyFile } from "node:fs/promises";
import { request as requestOverTls } from "node:https";
import { connect as connectTls, type SecureVersion } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StartProblem } from "../../src/platform/start-problem.js";
import { type Certificate, type Certificates, openCertificates } from "../support/certificates.js";
import { liveClient, subscribe } from "../support/live.js";
import { answerTo, openSocket, sendAndListen } from "../support/raw-http.js";
import { startServer, type TestServer } from "../support/server.js";

let certificates: Certificates;
let certificate: Certificate;
let secure: TestServer;
beforeAll(async () => {
  certificates = await openCertificates();
  certificate = await certificates.make("server");
  const { certFile, keyFile } = certificate;
  secure = await startServer("pglite", { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });
});
afterAll(async () => {
  await secure.close();
  await certificates.remove();
});

interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

async function askSecurely(path: string, body: string | null, ca = certificate.cert): Promise<Told> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "x-api-key": secure.key("CLIENT", "development") };
    const options = { ca, method: body === null ? "GET" : "POST", headers, agent: false };
    const request = requestOverTls(secure.url + path, options, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

describe("TLS", () => {
  it("is spoken by the server itself, and its address says so", async () => {
    expect(secure.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const { text } = await askSecurely("/graphql", '{"query":"{ __typename }"}');
    expect(JSON.parse(text)).toEqual({ data: { __typename: "Query" } });
  });

  it("carries the WebSocket", async () => {
    const client = liveClient(secure.url, secure.key("CLIENT", "development"), {}, { ca: certificate.cert });
    const query = 'subscription { evaluations(flagKeys: ["welcome"], context: {}) { snapshot } }';
    expect((await subscribe(client, query).next()).data).toEqual({ evaluations: { snapshot: true } });
    await client.dispose();
  });

  it.each<[SecureVersion, boolean]>([
    ["TLSv1.1", false],
    ["TLSv1.2", true],
    ["TLSv1.3", true],
  ])("of version %s is accepted: %s", async (version, accepted) => {
    const { hostname, port } = new URL(secure.url);
    const outcome = await new Promise<boolean>((resolve) => {
      const socket = connectTls(
        {
          ...{ host: hostname, port: Number(port), ca: certificate.cert },
          ...{ minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" },
        },
        () => resolve(true),
      );
      socket.on("error", () => resolve(false));
      socket.on("secureConnect", () => socket.end());
    });
    expect(outcome).toBe(accepted);
  });

  it("survives whoever speaks plain HTTP, or nonsense, to it", async () => {
    const plain = secure.url.replace("https", "http");
    expect(await answerTo(plain, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")).toBe("");
    expect(await answerTo(plain, "\x16\x03\x01\x00\x05nonsense")).not.toContain("alive");
    expect((await askSecurely("/livez", null)).text).toBe("alive\n");
  });

  it("does not wait for those who never greet", { timeout: 30_000 }, async () => {
    const { closed, afterMs } = await sendAndListen(await openSocket(secure.url), "", 25_000);
    expect(closed).toBe(true);
    expect(afterMs).toBeLessThan(17_500); // 15 s, on a busy machine
  });

  it("takes a renewed certificate without a restart, and keeps the old one where the new does not work", async () => {
    const { certFile, keyFile } = certificate;
    const renewed = await certificates.make("renewed");
    await copyFile(renewed.certFile, certFile);
    expect(() => secure.app.renewCertificate()).toThrow(StartProblem);
    expect((await askSecurely("/livez", null)).status).toBe(200);
    await copyFile(renewed.keyFile, keyFile);
    secure.app.renewCertificate();
    await expect(askSecurely("/livez", null)).rejects.toThrow();
    certificate = { ...certificate, cert: renewed.cert };
    expect((await askSecurely("/livez", null)).status).toBe(200);
  });

  it("tells browsers to speak nothing else", async () => {
    const { headers } = await askSecurely("/livez", null);
    expect(headers["strict-transport-security"]).toBe("max-age=31536000");
  });
});

it("a start whose certificate and key are of different pairs ends in words", async () => {
  const { certFile } = await certificates.make("one");
  const { keyFile } = await certificates.make("other");
  const files = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };
  await expect(startServer("pglite", files)).rejects.toThrow(/do not work together/);
});
