/** Every setting is documented, and nothing sets what the server does not read. */
import { describe, expect, test } from "vitest";
import { settingNames } from "../../src/platform/config.js";
import { read } from "./repository.js";

describe(".env.example", () => {
  test("has every setting, and no other", () => {
    const documented = names(read(".env.example"), /^# ?([A-Z][A-Z_]+)=/gm);
    expect([...documented].sort()).toEqual([...settingNames].sort());
  });
});

describe("docker-compose.yml", () => {
  const service = /^ {2}halyard:\n([^]*?)^ {2}\S/m.exec(read("docker-compose.yml"))?.[1] ?? "";

  const set = names(service, /^ {6}([A-Z_]+):/gm).map((name) => name.replace(/_FILE$/, ""));

  test("sets only what the server reads", () => {
    expect(set).toContain("SECRET_KEY");
    expect(set.filter((name) => !settingNames.includes(name))).toEqual([]);
  });

  test("hands on what .env may say, so that no line of it is silently without effect", () => {
    const ofTheImage = ["NODE_ENV", "HOST", "PORT", "DATA_DIR"];
    const needsVolume = settingNames.filter((name) => /^(TLS|TRUSTED_OPERATIONS)_/.test(name));
    const known = new Set([...set, ...ofTheImage, ...needsVolume]);
    expect(settingNames.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe("Dockerfile", () => {
  test("sets only what the server reads", () => {
    const set = /^ENV (.*)$/m
      .exec(read("Dockerfile"))?.[1]
      ?.split(" ")
      .map((pair) => pair.split("=")[0]);
    expect(set).toContain("DATA_DIR");
    expect(set?.filter((name) => name === undefined || !settingNames.includes(name))).toEqual([]);
  });
});

function names(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}
