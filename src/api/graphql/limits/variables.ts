/** Finds what is wrong with an operation's variables before it runs: every mistake with its path, and none that tells more of the schema than it may. */
import {
  coerceInputValue,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
} from "graphql";
import { type FieldMistake, quote } from "../../../platform/problems.js";
import { secretName } from "../../../platform/secret-name.js";
import { tooDeepVariables } from "../nesting.js";

export type Variables = Readonly<Record<string, unknown>>;

const mostMistakes = 20;
const longestMessage = 300;
/** The way out of graphql-js's walk. Made once: errors are not cheap to make. */
const enough = new Error("There are mistakes enough to report.");

/** Empty where all is well. `hideSuggestions` leaves out names that the client did not write. */
export function variableMistakes(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables,
  hideSuggestions: boolean,
): readonly FieldMistake[] {
  const declared = variableDefinitions.map(({ variable }) => variable.name.value);
  const tooDeep = tooDeepVariables(variables, declared);
  if (tooDeep.length > 0) return tooDeep;
  const mistakes: FieldMistake[] = [];
  const report = (path: string, message: string): void => {
    mistakes.push({ path, message: shortened(message) });
    if (mistakes.length === mostMistakes) throw enough;
  };
  try {
    for (const one of variableDefinitions) check(schema, one, variables, hideSuggestions, report);
  } catch (thrown) {
    if (thrown !== enough) throw thrown;
  }
  return mistakes;
}

function check(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  variables: Variables,
  hideSuggestions: boolean,
  report: (path: string, message: string) => void,
): void {
  const name = definition.variable.name.value;
  const type = typeFromAST(schema, definition.type);
  if (!isInputType(type)) return; // the validation has refused it
  if (!Object.hasOwn(variables, name)) {
    const isMissing = isNonNullType(type) && definition.defaultValue === undefined;
    if (isMissing) report(name, `must be given: it is of the required type ${String(type)}.`);
    return;
  }
  coerceInputValue(
    variables[name],
    type,
    (path, value, { message }) => {
      const at = pathOf(name, path);
      report(at, withoutValue(message) + valueAt(at, value));
    },
    hideSuggestions,
  );
}

/** graphql-js repeats whatever it cannot read. */
function withoutValue(message: string): string {
  return message.replace(/ value: .*$/s, " value.");
}

/** Passwords and the like are not repeated; nor are objects, of which the message names the member: another may be such. */
function valueAt(path: string, value: unknown): string {
  const isHidden = secretName.test(path) || (typeof value === "object" && value !== null);
  return isHidden ? "" : ` Got ${quote(value)}.`;
}

function pathOf(name: string, path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : `${text}.${step}`),
    name,
  );
}

/** graphql-js repeats texts in full. */
function shortened(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage)}…`;
}
