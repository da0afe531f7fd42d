/**
 * What an operation may cost to answer: every field counts 1, or its `complexity` where the schema says that it is more work, and what is
 * selected of a list counts as often as the list may have entries.
 * A page has as many as are asked for; a list without pages counts as 2, and as a full page where it stands inside itself, which is how
 * operations grow out of hand.
 */
import {
  type FieldNode,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  type ValueNode,
} from "graphql";
import { defaultPageSize, maxPageSize } from "../../../platform/graphql/page.js";
import type { Fragments } from "./tally.js";

/** What a variable that is a page's size stands for. */
export type PageSizeOf = (variable: string) => unknown;

const shortList = 2;

/** Time is linear in the text for each way into a fragment, however often it is spread. */
export function costOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Fragments,
  pageSizeOf: PageSizeOf,
): number {
  const root = schema.getRootType(operation.operation) ?? undefined;
  return new Meter(schema, fragments, pageSizeOf).selections(operation.selectionSet, root, new Set());
}

type Type = GraphQLNamedType | undefined;
/** Lists around a selection, as `Type.field`. */
type Lists = ReadonlySet<string>;

class Meter {
  /** By fragment and the lists around it; 0 while it is being measured. */
  readonly #known = new Map<string, number>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: Fragments,
    private readonly pageSizeOf: PageSizeOf,
  ) {}

  selections({ selections }: SelectionSetNode, parent: Type, around: Lists): number {
    return selections.reduce((sum, one) => sum + this.#selection(one, parent, around), 0);
  }

  #selection(node: SelectionNode, parent: Type, around: Lists): number {
    if (node.kind === Kind.FRAGMENT_SPREAD) return this.#fragment(node.name.value, around);
    if (node.kind === Kind.FIELD) return this.#field(node, parent, around);
    return this.selections(node.selectionSet, this.#typeOf(node.typeCondition) ?? parent, around);
  }

  #fragment(name: string, around: Lists): number {
    const key = [name, ...[...around].sort()].join(" ");
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, 0);
    const fragment = this.fragments.get(name);
    if (fragment === undefined) return 0;
    const cost = this.selections(fragment.selectionSet, this.#typeOf(fragment.typeCondition), around);
    this.#known.set(key, cost);
    return cost;
  }

  #field(node: FieldNode, parent: Type, around: Lists): number {
    const field = this.#definitionOf(node.name.value, parent);
    const own = complexityOf(field);
    if (node.selectionSet === undefined) return own;
    const type = field && getNamedType(field.type);
    if (field?.args.some(({ name }) => name === "first") === true) {
      return own + this.#pageSize(node) * this.selections(node.selectionSet, type, around);
    }
    const isShortList = field !== undefined && isListType(getNullableType(field.type)) && !isPage(parent);
    if (!isShortList) return own + this.selections(node.selectionSet, type, around);
    const list = `${parent?.name}.${field.name}`;
    const entries = around.has(list) ? maxPageSize : shortList;
    return own + entries * this.selections(node.selectionSet, type, new Set(around).add(list));
  }

  /** Beyond the largest page is refused by whoever reads the page, with the argument's name. */
  #pageSize({ arguments: given = [] }: FieldNode): number {
    const sizes = given
      .filter(({ name }) => name.value === "first" || name.value === "last")
      .map(({ value }) => this.#number(value));
    return Math.min(Math.max(1, ...(sizes.length === 0 ? [defaultPageSize] : sizes)), maxPageSize);
  }

  #number(value: ValueNode): number {
    const size = value.kind === Kind.VARIABLE ? this.pageSizeOf(value.name.value) : numberOf(value);
    return typeof size === "number" ? size : defaultPageSize;
  }

  #typeOf(condition: NamedTypeNode | undefined): Type {
    return condition && this.schema.getType(condition.name.value);
  }

  #definitionOf(name: string, parent: Type): GraphQLField<unknown, unknown> | undefined {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
  }
}

function complexityOf(field: GraphQLField<unknown, unknown> | undefined): number {
  const complexity = field?.extensions["complexity"];
  return typeof complexity === "number" ? complexity : 1;
}

/** The lists of a page were counted with the field that asked for the page. */
function isPage(parent: Type): boolean {
  return isObjectType(parent) && parent.getFields()["pageInfo"] !== undefined;
}

function numberOf(value: ValueNode): number | undefined {
  return value.kind === Kind.INT ? Number(value.value) : undefined;
}
