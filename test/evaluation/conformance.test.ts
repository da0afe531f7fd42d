/** Holds evaluation against the language-neutral vectors in test/conformance/. */
import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { murmur3 } from "../../src/evaluation/bucketing/murmur3.js";
import {
  checkFlag,
  checkSegment,
  compile,
  evaluate,
  type EvaluationContext,
  explain,
  type Resolution,
  type Ruleset,
} from "../../src/evaluation/index.js";
import { naiveMurmur3 } from "./naive-interpreter.js";

interface Vector {
  readonly name: string;
  readonly ruleset: Ruleset;
  readonly flagKey: string;
  readonly context: EvaluationContext;
  readonly now: number;
  readonly expected: Partial<
    Pick<Resolution, "value" | "variant" | "reason" | "errorCode" | "ruleId" | "bucket" | "experiment">
  >;
}

const FOLDER = new URL("../conformance/", import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
/** Vectors of something else than answers. */
const OTHERS: ReadonlySet<string> = new Set(["murmur3.json", "statistics.json"]);
const suites = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json") && !OTHERS.has(name))
  .map((name) => ({ name: name.replace(".json", ""), vectors: read(name) as Vector[] }));

describe.each(suites)("conformance: $name", ({ vectors }) => {
  it.each(vectors)("$name", ({ ruleset, flagKey, context, now, expected }) => {
    const snapshot = compile(ruleset);
    const answer = evaluate(snapshot, flagKey, context, now);
    const { value, variant, reason, errorCode, ruleId, bucket, experiment } = answer;
    expect({ value, variant, reason, errorCode, ruleId, bucket, experiment }).toEqual(expected);
    expect(answer.key).toBe(flagKey);
    expect(answer.errorMessage === undefined).toBe(errorCode === undefined);
    expect(explain(snapshot, flagKey, context, now).evaluation).toEqual(answer);
  });
});

describe("conformance: murmur3", () => {
  const vectors = read("murmur3.json") as { hex?: string; utf8?: string; seed: number; hash: number }[];

  it.each(vectors)("$hex$utf8 with seed $seed", ({ hex, utf8, seed, hash }) => {
    const bytes =
      hex === undefined ? new TextEncoder().encode(utf8) : new Uint8Array(Buffer.from(hex, "hex"));
    expect(naiveMurmur3(bytes, seed)).toBe(hash);
    if (utf8 === undefined) return;
    for (let cut = 0; cut <= Math.min(utf8.length, 9); cut++) {
      if ((utf8.codePointAt(cut - 1) ?? 0) > 0xffff) continue; // would cut a pair in two
      expect(murmur3(utf8.slice(0, cut), seed)(utf8.slice(cut))).toBe(hash);
    }
  });
});

describe("the ruleset's JSON Schema", () => {
  const schema = JSON.parse(
    readFileSync(new URL("../../docs/ruleset.schema.json", import.meta.url), "utf8"),
  ) as object;
  const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false });
  const validate = ajv.compile<Ruleset>(schema);
  const all = suites.flatMap(({ vectors }) => vectors);
  const isSound = ({ flags, segments }: Ruleset): boolean =>
    flags.every((flag) => checkFlag(flag).length === 0) &&
    segments.every((one) => checkSegment(one).length === 0);

  it("accepts every sound ruleset of the vectors", () => {
    const sound = all.filter(({ ruleset }) => isSound(ruleset));
    expect(sound.length).toBeGreaterThan(800);
    for (const { name, ruleset } of sound) {
      expect([name, validate(ruleset), validate.errors]).toEqual([name, true, null]);
    }
  });

  it("refuses rulesets without form", () => {
    const refused = all.filter(({ name, ruleset }) => name.startsWith("malformed: ") && !validate(ruleset));
    expect(refused.length).toBeGreaterThan(40);
    for (const { ruleset } of refused) expect(isSound(ruleset)).toBe(false);
  });

  it("refuses whatever is no experiment", () => {
    const malformed = all.filter(({ name }) => name.startsWith("malformed: an experiment"));
    expect(malformed.length).toBe(15);
    for (const { name, ruleset } of malformed) expect([name, validate(ruleset)]).toEqual([name, false]);
  });
});
