import { describe, expect, it } from "vitest";
import { readToken, tokenOf } from "../../../src/features/ledger/checkpoint.js";
import {
  createCheckpointKeys,
  createSignatureCheck,
  isPublicKey,
} from "../../../src/features/ledger/checkpoint-keys.js";
import { openLog } from "../../../src/platform/log.js";
import { secretKeys } from "./ledger-fixture.js";

const claim = { epoch: 1, seq: 1_000, hash: "ab".repeat(32), at: "2026-01-31T09:00:00Z" };
const keys = createCheckpointKeys(secretKeys);
const checkpoint = keys.sign(claim);
const token = tokenOf(checkpoint);

describe("the token of a checkpoint", () => {
  it("is one line that says everything, and is read again", () => {
    expect(token).toMatch(
      /^halyard-checkpoint\.v1\.1\.1000\.(ab){32}\.2026-01-31T09:00:00Z\.[\w-]{11}\.[\w-]{86}$/,
    );
    expect(readToken(token)).toEqual(checkpoint);
    expect(readToken(` ${token}\n`)).toEqual(checkpoint);
  });

  it.each([
    "",
    "halyard-checkpoint",
    token.slice(0, -1),
    `${token}A`,
    token.replace("v1", "v2"),
    token.replace("ab", "AB"),
  ])("is not %j", (text) => {
    expect(readToken(text)).toBeNull();
  });

  it("comes out of the log whole, though the log hides what looks like a secret", () => {
    const lines: string[] = [];
    const log = openLog({ logLevel: "info", logFormat: "json" }, { write: (line) => void lines.push(line) });
    log.info({ checkpoint: token }, "The ledger was signed.");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ checkpoint: token });
  });
});

describe("the signature of a checkpoint", () => {
  it("is checked by the public key alone", () => {
    expect(keys.publicKeys.every(isPublicKey)).toBe(true);
    expect(createSignatureCheck(keys.publicKeys)(checkpoint)).toBe("good");
    expect(createSignatureCheck([])(checkpoint)).toBe("unknown");
  });

  it.each([
    { epoch: 2 },
    { seq: 999 },
    { hash: "ac".repeat(32) },
    { at: "2026-01-31T09:00:01Z" },
    { signature: "A".repeat(86) },
    { signature: `${checkpoint.signature.slice(0, -1)}${checkpoint.signature.endsWith("w") ? "x" : "h"}` },
  ])("is not that of another checkpoint: %j", (change) => {
    expect(createSignatureCheck(keys.publicKeys)({ ...checkpoint, ...change })).toBe("bad");
  });

  it("is made by the newest key, and older ones still count", () => {
    const next = createCheckpointKeys(["second-secret-of-at-least-32-bytes-012345678", ...secretKeys]);
    const check = createSignatureCheck(next.publicKeys);
    expect(next.signer).not.toBe(keys.signer);
    expect([check(checkpoint), check(next.sign(claim))]).toEqual(["good", "good"]);
    expect(createSignatureCheck(keys.publicKeys)(next.sign(claim))).toBe("unknown");
  });

  it("comes of the secret alone, so that every instance signs alike", () => {
    expect(createCheckpointKeys(secretKeys).sign(claim)).toEqual(checkpoint);
  });
});
