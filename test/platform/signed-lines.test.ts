import { describe, expect, it } from "vitest";
import { createSigner } from "../../src/platform/signed-lines.js";

const [older, newer] = ["an older key of thirty-two bytes..", "a newer key of thirty-two bytes..."];
const lines = ["first", "", '{"ä":"ö\\n"}', "x".repeat(200_000), "last"];

function signed(keys: readonly string[], purpose = "tests", what: Iterable<string> = lines): Buffer {
  return Buffer.concat([...createSigner(keys, purpose).sign(what)]);
}

function read(keys: readonly string[], bytes: Buffer, purpose = "tests"): string[] | null {
  const found = createSigner(keys, purpose).verify(bytes);
  return found === null ? null : [...found];
}

describe("signed lines", () => {
  it.each([[lines], [[]], [[""]]])("are read as they were written", (written) => {
    expect(read([newer], signed([newer], "tests", written))).toEqual(written);
  });

  it("come in pieces", () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `line ${index} ${"y".repeat(40)}`);
    expect([...createSigner([newer], "tests").sign(many)].length).toBeGreaterThan(3);
    expect(read([newer], signed([newer], "tests", many))).toEqual(many);
  });

  it("are signed by the newest key and verified by all", () => {
    expect(read([newer, older], signed([older]))).toEqual(lines);
    expect(read([older], signed([newer, older]))).toBeNull();
  });

  it("prove nothing for another purpose", () => {
    expect(read([newer], signed([newer], "other"))).toBeNull();
  });

  it("are nothing when any byte of them is another, is missing, or is one too many", () => {
    const bytes = signed([newer], "tests", ["first", "second"]);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(read([newer], changed), `byte ${at}`).toBeNull();
      expect(read([newer], bytes.subarray(0, at)), `cut at ${at}`).toBeNull();
    }
    expect(read([newer], Buffer.concat([bytes, Buffer.from("third\n")]))).toBeNull();
    const lineLess = Buffer.from(bytes.toString().replace("second\n", ""));
    expect(read([newer], lineLess)).toBeNull();
  });
});

describe("sealed bytes", () => {
  const bytes = Buffer.from([10, 0, 255, 10, 10]);
  const signer = createSigner([newer, older], "tests");

  it.each([[bytes], [Buffer.alloc(0)]])("are read as they were, whatever they are", (what) => {
    expect(signer.unseal(signer.seal(what))).toEqual(what);
  });

  it("are nothing where another sealed them, or any byte is another or missing", () => {
    expect(createSigner([newer], "other").unseal(signer.seal(bytes))).toBeNull();
    expect(createSigner([older], "tests").unseal(signer.seal(bytes))).toBeNull();
    const sealed = signer.seal(bytes);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(signer.unseal(changed), `byte ${at}`).toBeNull();
      expect(signer.unseal(sealed.subarray(0, at)), `cut at ${at}`).toBeNull();
    }
  });
});
