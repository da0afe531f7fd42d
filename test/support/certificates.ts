/** Certificates for localhost and 127.0.0.1, signed by themselves, in a folder that goes with the test. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** In PEM, for clients that shall trust it. */
  readonly cert: string;
}

export interface Certificates {
  readonly folder: string;
  /** A pair of files of that name, with a key of its own. Made anew when the name is taken. */
  readonly make: (name: string) => Promise<Certificate>;
  readonly remove: () => Promise<void>;
}

const run = promisify(execFile);
const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];

export async function openCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), "halyard-tls-"));
  return {
    folder,
    make: async (name) => {
      const certFile = join(folder, `${name}.crt`);
      const keyFile = join(folder, `${name}.key`);
      await run("openssl", ["req", ...kind, ...names, "-keyout", keyFile, "-out", certFile]);
      return { certFile, keyFile, cert: await readFile(certFile, "utf8") };
    },
    remove: async () => rm(folder, { recursive: true, force: true }),
  };
}
