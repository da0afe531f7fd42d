/** `halyard evaluate`: one answer against the database, as the server would give it. */
import { randomUUID } from "node:crypto";
import { cliCaller } from "../features/permissions/index.js";
import { evaluate, explain } from "../features/delivery/index.js";
import type { Environment } from "../platform/config.js";
import { badField } from "../platform/problems.js";
import { print } from "./print.js";
import { withApp } from "./with-app.js";

/** Options of `halyard evaluate`. */
export interface EvaluateOptions {
  readonly context: string;
  readonly project: string;
  readonly environment: string;
  readonly explain?: true;
}

export async function evaluateCommand(
  env: Environment,
  flagKey: string,
  options: EvaluateOptions,
): Promise<void> {
  const { project, environment } = options;
  const context = readContext(options.context);
  await withApp(env, async ({ tools }) => {
    const caller = cliCaller(randomUUID());
    const asking = { flagKey, context, project, environment };
    if (options.explain === true) {
      const { evaluation, steps } = explain(tools, caller, asking);
      const { asked: _asked, ...answer } = evaluation;
      print(JSON.stringify({ ...answer, steps }, null, 2));
    } else {
      const { asked: _asked, ...answer } = evaluate(tools, caller, asking);
      print(JSON.stringify(answer, null, 2));
    }
  });
}

/** `{"targetingKey": "user-1", "country": "DE"}`: as in OpenFeature, attributes stand beside the targeting key. */
function readContext(text: string): { targetingKey: unknown; attributes: Record<string, unknown> } {
  const parsed = parse(text);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw badField("--context", `must be a JSON object, got ${text}.`);
  }
  const { targetingKey, ...attributes } = parsed as Record<string, unknown>;
  return { targetingKey, attributes };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badField("--context", `must be JSON, got ${text}.`);
  }
}
