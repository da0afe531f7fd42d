/** Counts what an operation asks for, fragments each time they are spread, in time linear in its text. */
import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

/** Counts of a set of selections, or of a whole operation. Floats: a fragment bomb counts beyond every integer. */
export interface Tally {
  /** Levels of selections; what is under `__schema` and `__type` has its own count. */
  readonly depth: number;
  readonly introspectionDepth: number;
  readonly aliases: number;
  readonly directives: number;
  /** Fields of the first level. */
  readonly fields: number;
}

/** The fragments of a document, by name. */
export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

const nothing: Tally = { depth: 0, introspectionDepth: 0, aliases: 0, directives: 0, fields: 0 };

/** A circle of fragments counts once around; that it is one is for the validation to say. */
export function tallyOf(operation: OperationDefinitionNode, fragments: Fragments): Tally {
  const { selectionSet, directives, variableDefinitions = [] } = operation;
  const tally = new Counter(fragments).selections(selectionSet);
  const onVariables = variableDefinitions.reduce((sum, one) => sum + count(one.directives), 0);
  return { ...tally, directives: tally.directives + count(directives) + onVariables };
}

class Counter {
  /** A fragment that is being counted stands here as nothing. */
  readonly #known = new Map<string, Tally>();

  constructor(private readonly fragments: Fragments) {}

  selections({ selections }: SelectionSetNode): Tally {
    return selections.map((one) => this.#selection(one)).reduce(together, nothing);
  }

  #selection(node: SelectionNode): Tally {
    const inner = this.#inside(node);
    return { ...inner, directives: inner.directives + count(node.directives) };
  }

  #inside(node: SelectionNode): Tally {
    if (node.kind === Kind.FRAGMENT_SPREAD) return this.#fragment(node.name.value);
    if (node.kind === Kind.INLINE_FRAGMENT) return this.selections(node.selectionSet);
    const below = node.selectionSet === undefined ? nothing : this.selections(node.selectionSet);
    const aliases = below.aliases + (node.alias === undefined ? 0 : 1);
    const depth = below.depth + 1;
    return isIntrospective(node.name.value)
      ? { ...below, aliases, fields: 1, depth: 1, introspectionDepth: depth }
      : { ...below, aliases, fields: 1, depth };
  }

  #fragment(name: string): Tally {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    this.#known.set(name, nothing);
    const fragment = this.fragments.get(name);
    if (fragment === undefined) return nothing;
    const inner = this.selections(fragment.selectionSet);
    const tally = { ...inner, directives: inner.directives + count(fragment.directives) };
    this.#known.set(name, tally);
    return tally;
  }
}

/** Whether a field of that name asks for the schema. */
export function isIntrospective(fieldName: string): boolean {
  return fieldName === "__schema" || fieldName === "__type";
}

function together(one: Tally, other: Tally): Tally {
  return {
    depth: Math.max(one.depth, other.depth),
    introspectionDepth: Math.max(one.introspectionDepth, other.introspectionDepth),
    aliases: one.aliases + other.aliases,
    directives: one.directives + other.directives,
    fields: one.fields + other.fields,
  };
}

function count(nodes: readonly unknown[] | undefined): number {
  return nodes?.length ?? 0;
}
