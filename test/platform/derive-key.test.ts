import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { deriveKey } from "../../src/platform/derive-key.js";

const secret = "secret-of-at-least-32-bytes-0123456789";

it("is HKDF-SHA-256 without salt, as RFC 5869 puts it down", () => {
  const extracted = createHmac("sha256", Buffer.alloc(32)).update(secret).digest();
  const expanded = createHmac("sha256", extracted).update("halyard access tokens\u0001").digest();
  expect(deriveKey(secret, "access tokens")).toEqual(expanded);
});

it("gives every purpose and every secret a key of its own", () => {
  const keys = [
    deriveKey(secret, "access tokens"),
    deriveKey(secret, "snapshots"),
    deriveKey(`${secret}!`, "access tokens"),
  ];
  expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(3);
});
