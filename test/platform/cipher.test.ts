/** What is stored encrypted is read again by its owner's key alone, and by nobody once it was touched. */
import { describe, expect, it } from "vitest";
import { createCipher } from "../../src/platform/cipher.js";

const oldKey = "b2xkLWtleS1vZi10aGUtdGVzdHMtb25seS0wMTIzNDU2Nzg5";
const newKey = "bmV3LWtleS1vZi10aGUtdGVzdHMtb25seS05ODc2NTQzMjEw";
const cipher = createCipher([oldKey]);

describe("a cipher", () => {
  it.each(["", "s3cret", "ключ 🔑", "x".repeat(10_000)])("reads again what it wrote: %.20s", (plain) => {
    const stored = cipher.encrypt(plain, "test");
    expect(stored).toMatch(/^v1\.[\w-]{8}\.[\w-]{38,}$/);
    if (plain !== "") expect(stored).not.toContain(plain);
    expect(cipher.decrypt(stored, "test")).toBe(plain);
    expect(createCipher([oldKey]).decrypt(stored, "test")).toBe(plain);
  });

  it("never writes the same text twice", () => {
    const texts = Array.from({ length: 100 }, () => cipher.encrypt("s3cret", "test"));
    const nonces = texts.map((text) =>
      Buffer.from(text.split(".")[2] ?? "", "base64url").toString("hex", 0, 12),
    );
    expect(new Set(texts).size).toBe(100);
    expect(new Set(nonces).size).toBe(100);
  });

  it("refuses what was encrypted for another purpose", () => {
    const stored = cipher.encrypt("s3cret", "totp of alice");
    expect(() => cipher.decrypt(stored, "totp of bob")).toThrow("authenticate");
  });

  it("refuses a text of which any character was changed, added or taken away", () => {
    const stored = cipher.encrypt("s3cret", "test");
    for (let place = 0; place < stored.length; place += 1) {
      for (const letter of ["A", "B", "_", ".", "=", "+"]) {
        if (stored[place] === letter) continue;
        const changed = stored.slice(0, place) + letter + stored.slice(place + 1);
        expect(() => cipher.decrypt(changed, "test"), changed).toThrow();
      }
    }
    for (const changed of [
      `${stored}A`,
      `${stored}=`,
      `${stored}.x`,
      ` ${stored}`,
      stored.slice(0, -1),
      stored.slice(0, 30),
    ]) {
      expect(() => cipher.decrypt(changed, "test"), changed).toThrow();
    }
  });

  it.each(["", ".", "v1", "v1..", "v2.AAAAAAAA.AAAA", "s3cret", "v1.__proto__.AAAA"])(
    "refuses %j",
    (stored) => {
      expect(() => cipher.decrypt(stored, "test")).toThrow("malformed");
    },
  );

  it("without a key is none", () => {
    expect(() => createCipher([])).toThrow("no secret key");
  });
});

describe("keys", () => {
  it("all decrypt, and the newest encrypts", () => {
    const stored = cipher.encrypt("s3cret", "test");
    const rotated = createCipher([newKey, oldKey]);
    expect(rotated.decrypt(stored, "test")).toBe("s3cret");
    const again = rotated.encrypt("s3cret", "test");
    expect(again.split(".")[1]).toBe(rotated.keyIds[0]);
    expect(createCipher([newKey]).decrypt(again, "test")).toBe("s3cret");
    expect(() => cipher.decrypt(again, "test")).toThrow("lacks the key");
  });

  it("are named by ids that give nothing of them away", () => {
    const { keyIds } = createCipher([newKey, oldKey, newKey]);
    expect(keyIds).toHaveLength(2);
    expect(keyIds[1]).toBe(cipher.keyIds[0]);
    expect(cipher.encrypt("s3cret", "test").split(".")[1]).toBe(cipher.keyIds[0]);
    for (const key of [oldKey, newKey]) {
      for (const id of keyIds) expect(Buffer.from(key).includes(Buffer.from(id, "base64url"))).toBe(false);
    }
  });
});
