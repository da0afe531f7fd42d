/** Changes that are mostly accepted, so that evaluation has conditions to work on: rules, prerequisites, splits, segments. */
import { condition, serve } from "./conditions.js";
import type { Names } from "./names.js";
import type { GraphQLRequest } from "./operations.js";
import type { Random } from "./random.js";

/** A flag's settings in one environment, or a segment's condition. */
export function anyDefinition(random: Random, names: Names): GraphQLRequest {
  if (random.chance(0.2)) {
    const input = { segment: random.pick(names.segments), when: condition(random, names) };
    return request("updateSegment", "UpdateSegmentInput", input);
  }
  const rules = random.list(random.between(1, 3), (index) => ({
    id: `r-${index + 1}`,
    when: condition(random, names),
    serve: random.chance(0.8) ? { variant: random.pick(["on", "off"]) } : serve(random, names),
    ...(random.chance(0.1) && { gate: { percent: random.pick([0, 50, 100]), bucketBy: ["plan"] } }),
    ...(random.chance(0.1) && { startsAt: random.pick(["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"]) }),
  }));
  const prerequisite = { flagKey: random.pick(names.flags), variants: ["on"] };
  return request("updateFlagEnvironment", "UpdateFlagEnvironmentInput", {
    flagKey: random.pick(names.flags),
    environment: "development",
    enabled: true,
    rules,
    ...(random.chance(0.2) && { prerequisites: random.chance(0.5) ? [] : [prerequisite] }),
    ...(random.chance(0.2) && { fallthrough: serve(random, names) }),
  });
}

function request(operation: string, type: string, input: object): GraphQLRequest {
  const query = `mutation ($input: ${type}!) { ${operation}(input: $input) { version } }`;
  return { title: `mutation ${operation}`, query, variables: { input } };
}
