/** Every operation of the schema as a document with variables made from its types, so that a test can call them all. */
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from "graphql";

/** What to put where the type alone does not say it: by `operation.name` or `Input.name` (lists whole), by name, or by the name of the type. */
export type Samples = Readonly<Record<string, unknown>>;

export interface Operation {
  /** `mutation createFlag`. */
  readonly title: string;
  readonly isSubscription: boolean;
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

type Given = GraphQLArgument | GraphQLInputField;

/**
 * All operations, by kind and name. `minimal` gives what is required and what says where (project, environment); otherwise everything is given
 * that can be. Throws for a text that no sample is known for.
 */
export function operationsOf(schema: GraphQLSchema, samples: Samples, minimal: boolean): Operation[] {
  const roots = [
    ["query", schema.getQueryType()],
    ["mutation", schema.getMutationType()],
    ["subscription", schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([kind, root]) =>
    Object.values(root?.getFields() ?? {}).map((field) => operationOf(kind, field, samples, minimal)),
  );
}

function operationOf(
  kind: string,
  field: GraphQLField<unknown, unknown>,
  samples: Samples,
  minimal: boolean,
): Operation {
  const writer = new SampleWriter(samples, minimal);
  const given = field.args.filter((arg) => writer.wants(arg, []));
  const declared = given.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(", ");
  const passed = given.map(({ name }) => `${name}: $${name}`).join(", ");
  const selection = isLeafType(getNamedType(field.type)) ? "" : " { __typename }";
  const call = `${field.name}${passed === "" ? "" : `(${passed})`}${selection}`;
  return {
    title: `${kind} ${field.name}`,
    isSubscription: kind === "subscription",
    document: `${kind}${declared === "" ? "" : ` (${declared})`} { ${call} }`,
    variables: Object.fromEntries(
      given.map((arg) => [arg.name, writer.write(arg.name, arg.type, [field.name])]),
    ),
  };
}

class SampleWriter {
  constructor(
    private readonly samples: Samples,
    private readonly minimal: boolean,
  ) {}

  wants(given: Given, within: readonly string[]): boolean {
    if (isNonNullType(given.type) && given.defaultValue === undefined) return true;
    if (saysWhere(given)) return true;
    return !this.minimal && !within.includes(getNamedType(given.type).name);
  }

  /** `within` names what it is in: the operation, then the inputs. */
  write(name: string, type: GraphQLInputType, within: readonly string[]): unknown {
    const key = `${within.at(-1)}.${name}`;
    return Object.hasOwn(this.samples, key) ? this.samples[key] : this.#ofType(name, type, within);
  }

  #ofType(name: string, type: GraphQLInputType, within: readonly string[]): unknown {
    if (isNonNullType(type)) return this.#ofType(name, type.ofType, within);
    if (isListType(type)) return [this.#ofType(name, type.ofType, within)];
    const known = [isInputObjectType(type) ? type.name : name, type.name].find((key) =>
      Object.hasOwn(this.samples, key),
    );
    if (known !== undefined) return this.samples[known];
    if (isEnumType(type)) return type.getValues()[0]?.name;
    if (!isInputObjectType(type)) throw new Error(`Give a sample for ${within.at(-1)}.${name}.`);
    const inside = [...within, type.name];
    const members = Object.values(type.getFields()).filter((field) => this.wants(field, inside));
    return Object.fromEntries(
      members.map((field) => [field.name, this.write(field.name, field.type, inside)]),
    );
  }
}

/** Whether a project or an environment is named by it, or in it. */
function saysWhere({ name, type }: Given): boolean {
  const named = getNamedType(type);
  return (
    name === "project" ||
    name === "environment" ||
    (isInputObjectType(named) && named.name.endsWith("Filter") && "project" in named.getFields())
  );
}

/** The same variables with one leaf after the other replaced by `value`; each with the path of that leaf. */
export function* withEachLeaf(
  variables: unknown,
  value: unknown,
  path = "",
): Generator<{ readonly path: string; readonly variables: unknown }> {
  if (typeof variables !== "object" || variables === null) {
    yield { path, variables: value };
    return;
  }
  for (const [name, member] of Object.entries(variables)) {
    for (const found of withEachLeaf(member, value, path === "" ? name : `${path}.${name}`)) {
      const copy: unknown = Array.isArray(variables)
        ? variables.with(Number(name), found.variables)
        : { ...variables, [name]: found.variables };
      yield { path: found.path, variables: copy };
    }
  }
}
