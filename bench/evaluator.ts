/** One evaluation in process: a 25 % rollout behind one attribute rule, for many users. */
import { createHash } from "node:crypto";
import { compile, evaluate, type Flag } from "../src/evaluation/index.js";
import { type Figure, figureOf, type Round } from "./figure.js";

const rounds = 15;
const perRound = 200_000;
const users = 1_024;

export async function evaluatorBench(): Promise<readonly Figure[]> {
  const one = snapshotOf([rollout("new-checkout")]);
  const many = snapshotOf(Array.from({ length: 10_000 }, (_, index) => rollout(`flag-${index}`)));
  const contexts = Array.from({ length: users }, (_, index) => ({
    targetingKey: `user-${index}`,
    attributes: { country: index % 8 === 0 ? "DE" : "FR", plan: "free" },
  }));
  const evaluateIn = (snapshot: ReturnType<typeof snapshotOf>, key: string) => (index: number) =>
    evaluate(snapshot, key, contexts[index % users] ?? {}, 0);
  const hash = (index: number): Buffer =>
    createHash("sha256")
      .update(`user-${index % users}`)
      .digest();
  return [
    compare("rollout and one rule, 1 flag", evaluateIn(one, "new-checkout"), hash),
    compare("rollout and one rule, 10 000 flags", evaluateIn(many, "flag-5000"), hash),
  ];
}

function compare(name: string, work: (index: number) => unknown, hash: (index: number) => unknown): Figure {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    measured.push({ value: nanoseconds(work, perRound), reference: nanoseconds(hash, perRound / 10) });
  }
  return figureOf(name, "ns", "one sha256 by node:crypto", measured.slice(rounds / 3));
}

function nanoseconds(work: (index: number) => unknown, times: number): number {
  const started = process.hrtime.bigint();
  for (let index = 0; index < times; index += 1) work(index);
  return Number(process.hrtime.bigint() - started) / times;
}

function snapshotOf(flags: readonly Flag[]): ReturnType<typeof compile> {
  return compile({
    formatVersion: 1,
    revision: "1",
    project: "bench",
    environment: "bench",
    segments: [],
    flags,
  });
}

function rollout(key: string): Flag {
  return {
    key,
    type: "BOOLEAN",
    version: 1,
    enabled: true,
    clientVisible: true,
    offVariant: "off",
    variants: [
      { key: "on", value: true },
      { key: "off", value: false },
    ],
    prerequisites: [],
    targets: [],
    rules: [
      {
        id: "germany",
        name: "Germany",
        when: { attribute: "country", operator: "IN", values: ["DE"] },
        serve: { variant: "on" },
      },
    ],
    fallthrough: {
      split: [
        { variant: "on", weight: 25_000 },
        { variant: "off", weight: 75_000 },
      ],
      bucketing: { by: ["targetingKey"], seed: key, algorithm: "MURMUR3" },
    },
  };
}
