/** What is logged can be read, and holds no secret. */
import { Writable } from "node:stream";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { describe, expect, it } from "vitest";
import { openLog } from "../../src/platform/log.js";

function capture(format: "json" | "pretty" = "json") {
  const lines: string[] = [];
  const destination = new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(line.toString());
      done();
    },
  });
  const log = openLog({ logLevel: "info", logFormat: format }, destination);
  return { log, lines, first: () => JSON.parse(lines[0] ?? "") as Record<string, unknown> };
}

describe("a line", () => {
  it("is JSON with level, time, message and fields", () => {
    const { log, first } = capture();
    log.info({ port: 4000 }, "Listening");
    expect(first()).toEqual({ level: 30, time: expect.any(Number) as number, port: 4000, msg: "Listening" });
  });

  it("is left out below the level", () => {
    const { log, lines } = capture();
    log.debug("quiet");
    expect(lines).toEqual([]);
  });

  it("is for people's eyes when asked to be pretty", () => {
    const { log, lines } = capture("pretty");
    log.warn({ token: "t0p" }, "Careful");
    expect(lines.join("")).toContain("Careful");
    expect(lines.join("")).toContain("[redacted]");
    expect(lines.join("")).not.toContain("t0p");
  });
});

describe("secrets", () => {
  it.each([
    ["authorization"],
    ["Authorization"],
    ["proxy-authorization"],
    ["cookie"],
    ["set-cookie"],
    ["x-api-key"],
    ["apiKey"],
    ["password"],
    ["newPassword"],
    ["accessToken"],
    ["refresh_token"],
    ["secret"],
    ["secretKeys"],
    ["SECRET_KEY"],
    ["clientSecret"],
    ["privateKey"],
    ["otp"],
    ["recoveryCodes"],
    ["proof"],
  ])("under %s are left out at any depth, in children too", (name) => {
    const { log, lines } = capture();
    log.info({ [name]: "s3cret", deep: { list: [{ [name]: ["s3cret"] }] } }, "here");
    log.child({ [name]: "s3cret", request: { headers: { [name]: "s3cret" } } }).info("there");
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).not.toContain("s3cret");
      expect(line).toContain("[redacted]");
    }
  });

  it.each([
    ["hal_server_production_4Tq9x2LmN8vB6cR1yW3zK5pD7sF0gHjA_1a2b3c", "hal_server_"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl", "eyJ"],
    ["Bearer c2VjcmV0LXRva2Vu", "Bearer "],
    ["postgres://alice:hunter22@db:5432/app", "postgres://"],
    ["redis://:hunter22@cache", "redis://"],
    ["otpauth://totp/Halyard:alice?secret=JBSWY3DPEHPK3PXP", "otpauth://"],
  ])("are known by their looks in any text: %s", (text, kept) => {
    for (const format of ["json", "pretty"] as const) {
      const { log, lines } = capture(format);
      log.info(`Cannot use "${text}" here.`);
      log.info({ note: [text], address: new Map([["a", text]]), url: { href: text } }, "There");
      log.error({ err: new Error(`bad ${text}`, { cause: new Error(text) }) }, "Failed %s", text);
      log.child({ from: text }).warn("Child");
      const printed = lines.join("");
      expect(printed).not.toContain(text);
      expect(printed).not.toMatch(/hunter22|JBSWY3DP|c2VjcmV0|4Tq9x2Lm|eyJzdWIi/);
      expect(printed).toContain(`${kept}[redacted]`);
      if (format === "json") for (const line of lines) JSON.parse(line);
    }
  });

  it("by their looks are not seen in what is none", () => {
    const { log, lines } = capture();
    const text = "hal_x, https://example.com/@alice?to=a@b.example, a basic idea, bearer of news, eyJ";
    log.info({ text }, text);
    expect(lines.join("")).not.toContain("[redacted]");
  });

  it("cost no time in long lines", () => {
    const { log, lines } = capture();
    const started = performance.now();
    for (const piece of ["a", "a.", "hal_", "eyJ", "a://", "bearer ", "basic a", "otpauth"]) {
      log.info({ text: piece.repeat(1_000_000 / piece.length) }, "long");
    }
    expect(lines).toHaveLength(8);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it("are not confused with keys of flags, and the logged object is not changed", () => {
    const { log, first } = capture();
    const fields = { key: "new-checkout", flag: { key: "theme" }, headers: { cookie: "id=1" } };
    log.info(fields, "Changed");
    expect(first()).toMatchObject({ key: "new-checkout", flag: { key: "theme" } });
    expect(fields.headers.cookie).toBe("id=1");
  });

  it("survive circles", () => {
    const { log, first } = capture();
    const circle: Record<string, unknown> = { token: "s3cret" };
    circle["self"] = circle;
    log.info({ circle }, "round");
    expect(JSON.stringify(first())).not.toContain("s3cret");
  });
});

describe("errors", () => {
  it("come with type, message, code, stack and causes", () => {
    const { log, first } = capture();
    const cause = Object.assign(new TypeError("inner"), { code: "E_INNER" });
    log.error({ err: new Error("outer", { cause }) }, "Failed");
    expect(first()["err"]).toMatchObject({
      type: "Error",
      message: "outer",
      stack: expect.stringMatching(/^Error: outer\n {4}at /) as string,
      cause: { type: "TypeError", message: "inner", code: "E_INNER" },
    });
  });

  it("of a statement come without the values it was run with", () => {
    const { log, lines } = capture();
    const err = new DrizzleQueryError("insert into users values ($1)", ["s3cret"], new Error("duplicate"));
    log.error({ err }, "Failed");
    log.error(err);
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toContain("insert into users");
      expect(line).toContain("duplicate");
      expect(line).not.toContain("s3cret");
    }
  });
});
