/** What the installation holds when the storm begins: flags and segments of each writer, some that all share, and whom is asked about. */
import type { EvaluationContext } from "../../../src/evaluation/index.js";
import { askGraphQL } from "../../support/graphql-client.js";

export const place = { project: "default", environment: "development" } as const;

/** Whom everybody asks about. */
export const contexts: readonly EvaluationContext[] = Array.from({ length: 6 }, (_, index) => ({
  targetingKey: `user-${index}`,
  attributes: { plan: index % 2 === 0 ? "free" : "pro", country: index < 3 ? "DE" : "FR" },
}));

/** Broken and mended straight in the database; left out wherever answers are compared. */
export const poisonedFlag = "poisoned";
/** Changed by every writer. */
export const sharedFlags = ["shared-0", "shared-1"] as const;

const flagsPerWriter = 5;

/** The flags that only this writer changes. */
export function flagsOf(writer: number): readonly string[] {
  return Array.from({ length: flagsPerWriter }, (_, index) => `w${writer}-f${index}`);
}

/** The segment that only this writer changes. */
export function segmentOf(writer: number): string {
  return `w${writer}-crowd`;
}

export async function furnishWorld(url: string, key: string, writers: number): Promise<void> {
  const run = async (mutation: string, input: Record<string, unknown>): Promise<void> => {
    const { errors } = await askGraphQL(url, mutation, { input }, key);
    if (errors !== undefined) throw new Error(`The world could not be made: ${JSON.stringify(errors)}`);
  };
  const createFlag = "mutation ($input: CreateFlagInput!) { createFlag(input: $input) { key } }";
  const addRule = "mutation ($input: AddRuleInput!) { addRule(input: $input) { version } }";
  const createSegment = "mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { key } }";
  const environments = [{ environment: place.environment, enabled: true }];
  for (const flagKey of [...sharedFlags, poisonedFlag]) await run(createFlag, { key: flagKey, environments });
  for (let writer = 0; writer < writers; writer += 1) {
    const segment = segmentOf(writer);
    await run(createSegment, { key: segment, included: [`user-${writer % contexts.length}`] });
    for (const [index, flagKey] of flagsOf(writer).entries()) {
      const clientVisible = index % 2 === 0;
      await run(createFlag, { key: flagKey, clientVisible, environments });
      const rule = { id: "crowd", when: { segment }, serve: { variant: "off" } };
      await run(addRule, { flagKey, environment: place.environment, rule });
    }
  }
}
