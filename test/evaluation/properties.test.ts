/** What holds for every ruleset and every context. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  apply,
  changedFlags,
  compile,
  definitions,
  deltaBetween,
  evaluate,
  evaluateAll,
  explain,
  nextChange,
  type Ruleset,
} from "../../src/evaluation/index.js";
import { booleanFlag, context, FLAGS, flag, NOW, ruleset, rulesetOf } from "./arbitraries.js";
import { naiveEvaluate } from "./naive-interpreter.js";

const instant = fc.oneof(
  fc.constant(NOW),
  fc.integer({ min: NOW - 2, max: NOW + 2 }),
  fc.integer({ min: 0, max: 2 * NOW }),
);

describe("evaluation", () => {
  it("answers what the plain interpreter answers", () => {
    fc.assert(
      fc.property(ruleset, context, instant, (rules, subject, now) => {
        const snapshot = compile(rules);
        for (const key of [...FLAGS, "missing"]) {
          const answer = evaluate(snapshot, key, subject, now);
          const { value, variant, reason, errorCode, ruleId, bucket, experiment } = answer;
          expect({ value, variant, reason, errorCode, ruleId, bucket, experiment }).toEqual(
            naiveEvaluate(rules, key, subject, now),
          );
        }
      }),
      { numRuns: 4000 },
    );
  });

  it("is deterministic, and the same one by one and all at once", () => {
    fc.assert(
      fc.property(ruleset, context, (rules, subject) => {
        const snapshot = compile(rules);
        const all = evaluateAll(snapshot, subject, NOW);
        expect(all.map(({ key }) => key)).toEqual([...FLAGS].sort());
        for (const answer of all) {
          expect(evaluate(snapshot, answer.key, subject, NOW)).toEqual(answer);
          expect(evaluate(compile(rules), answer.key, structuredClone(subject), NOW)).toEqual(answer);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("explains exactly what it answers", () => {
    fc.assert(
      fc.property(ruleset, context, instant, (rules, subject, now) => {
        const snapshot = compile(rules);
        for (const key of [...FLAGS, "missing"]) {
          const { evaluation, steps } = explain(snapshot, key, subject, now);
          expect(evaluation).toEqual(evaluate(snapshot, key, subject, now));
          expect(steps.filter((step) => step.flagKey === key && step.decided)).toHaveLength(1);
          expect(JSON.parse(JSON.stringify(steps))).toEqual(steps);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("is not touched by unrelated flags and attributes", () => {
    const unrelated = fc.dictionary(fc.constantFrom("hobby", "shoes", "user.name"), fc.jsonValue());
    fc.assert(
      fc.property(
        ruleset,
        context,
        flag("zzz", [], FLAGS),
        unrelated,
        (rules, subject, extra, attributes) => {
          const more = { ...rules, flags: [...rules.flags, extra] };
          const fuller = { ...subject, attributes: { ...attributes, ...subject.attributes } };
          for (const key of FLAGS) {
            const answer = evaluate(compile(rules), key, subject, NOW);
            expect(evaluate(compile(more), key, fuller, NOW)).toEqual(answer);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("totality", () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });

  it("survives any definition and any context, and harms no other flag", () => {
    fc.assert(
      fc.property(fc.array(anything), anything, anything, fc.double(), (garbage, subject, rest, now) => {
        const named = garbage.map((one, index) => ({ ...(one as object), key: `g${index}` }));
        const flags = [...garbage, ...named, booleanFlag("sound")] as Ruleset["flags"];
        const snapshot = compile({
          ...rulesetOf(flags),
          segments: garbage as unknown as Ruleset["segments"],
        });
        compile(rest as Ruleset);
        apply(snapshot, rest as never);
        for (const [index] of named.entries()) {
          const answer = evaluate(snapshot, `g${index}`, subject as never, now);
          expect(answer).toMatchObject({ value: undefined, reason: "ERROR", errorCode: "PARSE_ERROR" });
          expect(explain(snapshot, `g${index}`, subject as never, now).evaluation).toEqual(answer);
        }
        expect(evaluate(snapshot, "sound", subject as never, now)).toMatchObject({
          value: true,
          reason: "STATIC",
        });
        evaluateAll(snapshot, subject as never, now);
        nextChange(snapshot, now);
        definitions(snapshot);
      }),
      { numRuns: 1000 },
    );
  });

  it("survives a sound definition in which anything is replaced by anything", () => {
    fc.assert(
      fc.property(ruleset, context, fc.nat(), anything, (rules, subject, choice, replacement) => {
        const mutated = structuredClone(rules);
        const places: (() => void)[] = [];
        const collect = (node: unknown): void => {
          if (typeof node !== "object" || node === null) return;
          for (const name of Object.keys(node)) {
            if (name !== "key") places.push(() => Object.assign(node, { [name]: replacement }));
            collect((node as Record<string, unknown>)[name]);
          }
        };
        collect(mutated.flags);
        collect(mutated.segments);
        places[choice % places.length]?.();
        const snapshot = compile(mutated);
        for (const { key, value, reason, errorCode, variant } of evaluateAll(snapshot, subject, NOW)) {
          expect(FLAGS).toContain(key);
          expect(variant === undefined).toBe(value === undefined);
          expect(errorCode === undefined).toBe(reason !== "ERROR");
          if (value !== undefined) expect(typeof value).toBe("number");
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe("snapshots", () => {
  const change = fc.record({
    put: fc.constantFrom(...FLAGS, "five", "six").chain((key) => flag(key, ["staff", "vips"], ["missing"])),
    remove: fc.option(fc.constantFrom(...FLAGS, "five", "nobody"), { nil: undefined }),
    segment: fc.option(fc.constantFrom("staff", "beta", "vips"), { nil: undefined }),
  });

  it("applied changes give what compiling the result gives, and leave older versions as they were", () => {
    fc.assert(
      fc.property(
        ruleset,
        context,
        fc.array(change, { maxLength: 6 }),
        fc.nat(),
        (rules, subject, edits, pick) => {
          const versions = [{ rules, snapshot: compile(rules) }];
          for (const { put, remove, segment } of edits) {
            const from = versions[edits.length > 4 ? pick % versions.length : versions.length - 1];
            if (from === undefined) throw new Error("no version");
            const segments = segment === undefined ? [] : [{ key: segment, included: ["bob"] }];
            const removed = remove === undefined ? [] : [remove];
            const delta = { put: { flags: [put], segments }, remove: { flags: removed, segments: [] } };
            const next = {
              ...from.rules,
              flags: [...from.rules.flags.filter(({ key }) => key !== put.key && key !== remove), put],
              segments: [...from.rules.segments.filter(({ key }) => key !== segment), ...segments],
            };
            versions.push({ rules: next, snapshot: apply(from.snapshot, delta) });
          }
          for (const { rules: whole, snapshot } of versions) {
            const fresh = compile(whole);
            expect(evaluateAll(snapshot, subject, NOW)).toEqual(evaluateAll(fresh, subject, NOW));
            expect(definitions(snapshot)).toEqual(definitions(fresh));
            for (const now of [0, NOW - 2, NOW, 2 * NOW]) {
              expect(nextChange(snapshot, now)).toBe(nextChange(fresh, now));
            }
          }
          for (const before of versions) {
            for (const after of versions) {
              const changed = changedFlags(before.snapshot, after.snapshot);
              for (const key of [...FLAGS, "five", "six"]) {
                if (changed.has(key)) continue;
                expect(evaluate(after.snapshot, key, subject, NOW)).toEqual(
                  evaluate(before.snapshot, key, subject, NOW),
                );
              }
              const moved = apply(before.snapshot, deltaBetween(before.snapshot, after.snapshot));
              expect(definitions(moved)).toEqual(definitions(after.snapshot));
            }
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it("no answer changes by the clock before the next change", () => {
    fc.assert(
      fc.property(ruleset, context, instant, fc.nat(), (rules, subject, now, step) => {
        const snapshot = compile(rules);
        const next = nextChange(snapshot, now);
        const last = next === undefined ? now + step : next - 1;
        const answers = evaluateAll(snapshot, subject, now);
        for (const later of [now + 1, Math.floor((now + last) / 2), last]) {
          if (later < now || later > last) continue;
          expect(evaluateAll(snapshot, subject, later)).toEqual(answers);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
