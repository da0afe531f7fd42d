import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashApiKeySecret, makeApiKeySecret } from "../../../src/features/accounts/api-key-secret.js";

describe("an API key's secret", () => {
  it.each([
    ["CLIENT", "production", "client_production"],
    ["SERVER", "eu_west.2-b", "server_eu_west.2-b"],
    ["MANAGEMENT", null, "management_server"],
    ["MANAGEMENT", "shop", "management_shop"],
  ] as const)("of a %s key for %s names both, and cannot be guessed", (kind, place, named) => {
    const { secret, hash, prefix } = makeApiKeySecret(kind, place);
    expect(secret).toMatch(
      new RegExp(`^hal_${named.replaceAll(".", "\\.")}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$`),
    );
    expect(hash).toBe(createHash("sha256").update(secret).digest("hex"));
    expect(secret.startsWith(prefix)).toBe(true);
    expect(prefix).toHaveLength(`hal_${named}_`.length + 4);
    expect(makeApiKeySecret(kind, place).secret).not.toBe(secret);
  });

  it("is found by its hash", () => {
    const { secret, hash } = makeApiKeySecret("SERVER", "production");
    expect(hashApiKeySecret(secret)).toBe(hash);
  });

  it("is known for wrong when a single character is, before anybody looks it up", () => {
    const { secret } = makeApiKeySecret("SERVER", "production");
    fc.assert(
      fc.property(fc.nat(secret.length - 1), fc.constantFrom("a", "Z", "9", "_", "-"), (index, character) => {
        const mistyped = secret.slice(0, index) + character + secret.slice(index + 1);
        expect(hashApiKeySecret(mistyped) === null).toBe(mistyped !== secret);
      }),
    );
  });

  it.each(["hal_", "hal_server", "hal_server_production__", "hal_______"])("%j is none", (text) => {
    expect(hashApiKeySecret(text)).toBeNull();
  });
});
