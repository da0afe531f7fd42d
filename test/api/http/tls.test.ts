/** Files of a certificate and its key: read where they work, and complained of by name where they do not. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTls } from "../../../src/api/http/tls.js";
import { StartProblem } from "../../../src/platform/start-problem.js";
import { type Certificates, openCertificates } from "../../support/certificates.js";

let certificates: Certificates;
beforeAll(async () => {
  certificates = await openCertificates();
  await certificates.make("pair");
  await certificates.make("other");
  await writeFile(join(certificates.folder, "none.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n");
});
afterAll(async () => certificates.remove());

function read({ certFile = "pair.crt", keyFile = "pair.key" }: { certFile?: string; keyFile?: string }) {
  const at = (name: string): string => join(certificates.folder, name);
  return readTls({ certFile: at(certFile), keyFile: at(keyFile) });
}

describe("TLS files", () => {
  it("that work speak TLS 1.2 and later", () => {
    expect(read({})).toMatchObject({ minVersion: "TLSv1.2", cert: expect.any(Buffer) as Buffer });
  });

  it.each([
    [
      "a certificate that is missing",
      { certFile: "nowhere.crt" },
      /^TLS_CERT_FILE: cannot read .*nowhere\.crt\.$/,
    ],
    ["a key that is missing", { keyFile: "nowhere.key" }, /^TLS_KEY_FILE: cannot read .*nowhere\.key\.$/],
    ["a folder", { keyFile: "." }, /^TLS_KEY_FILE: cannot read/],
    ["the key of another certificate", { keyFile: "other.key" }, /do not work together .*mismatch/],
    ["a certificate that is none", { certFile: "none.pem" }, /do not work together/],
    ["key and certificate exchanged", { certFile: "pair.key", keyFile: "pair.crt" }, /do not work together/],
  ])("that do not are named: %s", (_what, wrong, message) => {
    expect(() => read(wrong)).toThrow(StartProblem);
    expect(() => read(wrong)).toThrow(message);
  });
});
