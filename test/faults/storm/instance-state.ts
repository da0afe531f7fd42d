/** What one server says when it is asked by HTTP: its definitions and its answers. */
import { askGraphQL } from "../../support/graphql-client.js";
import { type Answer, type Definition, definitionTexts, difference, textsOf, type Truth } from "./truth.js";
import { contexts, place } from "./world.js";

interface Said {
  readonly ruleset: {
    readonly flags: readonly Definition[];
    readonly segments: readonly Definition[];
  };
  readonly [answers: `context${number}`]: { readonly evaluations: readonly Answer[] };
}

const fields = contexts.map(
  (_, index) =>
    `context${index}: evaluateAll(context: $context${index}, environment: $environment) { evaluations { key value variant reason errorCode ruleId } }`,
);
const query = `query ($environment: String!, ${contexts.map((_, index) => `$context${index}: EvaluationContext!`).join(", ")}) {
  ruleset(environment: $environment) { flags segments }
  ${fields.join("\n  ")}
}`;
const variables = {
  environment: place.environment,
  ...Object.fromEntries(contexts.map((context, index) => [`context${index}`, context])),
};

/** How the server at that address differs from the truth; null: not at all. `key` is of a SERVER key. */
export async function instanceDifference(url: string, key: string, truth: Truth): Promise<string | null> {
  const answered = await askGraphQL<Said & Record<string, unknown>>(url, query, variables, key).catch(
    (error: unknown) => String(error),
  );
  if (typeof answered === "string") return answered;
  const { data, errors } = answered;
  if (data === undefined || data === null) return JSON.stringify(errors);
  const { flags, segments } = data.ruleset;
  const definitions =
    difference(definitionTexts(flags), truth.flags) ?? difference(definitionTexts(segments), truth.segments);
  if (definitions !== null) return definitions;
  for (const [index, wanted] of truth.answers.entries()) {
    const how = difference(textsOf(data[`context${index}`]?.evaluations ?? []), wanted);
    if (how !== null) return `for ${contexts[index]?.targetingKey ?? ""} ${how}`;
  }
  return null;
}
