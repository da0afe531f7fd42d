/** Refuses values nested so deep that whatever walks them next would exhaust the stack; both doors ask before anything does. */
import { GraphQLError, type ListValueNode, type ObjectValueNode, type ValidationRule } from "graphql";
import type { FieldMistake } from "../../platform/problems.js";

const maxLevels = 128; // twice what any value may have, so that use cases name the exact path of what is merely too deep

/** Empty where all is well. Nothing ever looks at variables that the operation does not declare, however many were sent. */
export function tooDeepVariables(
  variables: Readonly<Record<string, unknown>>,
  declared: readonly string[],
): readonly FieldMistake[] {
  return declared
    .filter((name) => Object.hasOwn(variables, name) && isTooDeep(variables[name]))
    .map((path) => ({ path, message: `must not nest deeper than ${maxLevels} levels.` }));
}

/** Level by level instead of by recursion: it must not itself be what it guards against. */
function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= maxLevels; depth += 1) {
    level = level.flatMap((one): unknown[] =>
      typeof one === "object" && one !== null ? Object.values(one) : [],
    );
    if (level.length === 0) return false;
  }
  return true;
}

/** The same bound for values that a document spells out. */
export const boundedLiterals: ValidationRule = (context) => {
  let depth = 0;
  const enter = (node: ListValueNode | ObjectValueNode): false | undefined => {
    if (depth === maxLevels) {
      const message = `Values must not nest deeper than ${maxLevels} levels.`;
      context.reportError(new GraphQLError(message, { nodes: node }));
      return false; // not entered, so not left
    }
    depth += 1;
    return undefined;
  };
  const leave = (): void => {
    depth -= 1;
  };
  return { ListValue: { enter, leave }, ObjectValue: { enter, leave } };
};
