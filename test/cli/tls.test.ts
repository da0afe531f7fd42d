/** A server that speaks TLS itself, as operators meet it. */
import { get } from "node:https";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Certificates, openCertificates } from "../support/certificates.js";
import { type ServerProcess, startServerProcess } from "../support/server-process.js";

let certificates: Certificates;
let server: ServerProcess;
beforeAll(async () => {
  certificates = await openCertificates();
  const { certFile, keyFile } = await certificates.make("server");
  const tls = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };
  server = await startServerProcess({ DATA_DIR: `${certificates.folder}/data`, ...tls });
});
afterAll(async () => {
  await server.stop();
  await certificates.remove();
});

async function alive(ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(`${server.url}/livez`, { ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", () => resolve(false));
  });
}

it("prints its addresses as they are", () => {
  expect(server.url).toMatch(/^https:/);
  expect(server.output()).toMatch(/Subscriptions +wss:\/\//);
});

it("takes a renewed certificate on SIGHUP, and goes on with the old one where that does not work", async () => {
  const { cert } = await certificates.make("server");
  expect(await alive(cert)).toBe(false);
  const ended = server.stop("SIGHUP");
  await expect.poll(() => server.output()).toContain("The certificate was read anew.");
  expect(await alive(cert)).toBe(true);
  await certificates.remove();
  void server.stop("SIGHUP");
  await expect.poll(() => server.output()).toContain("the old one stays");
  expect(await alive(cert)).toBe(true);
  expect(await server.stop("SIGTERM")).toBe(0);
  expect(await ended).toBe(0);
});
