/** Random operations over the whole schema: which fields, with which selections, spelt how. */
import {
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isLeafType,
  isObjectType,
} from "graphql";
import { argumentsOf } from "./arguments.js";
import { EnumName } from "./enum-name.js";
import type { Names } from "./names.js";
import type { Random } from "./random.js";

/** What is sent to a GraphQL door. */
export interface GraphQLRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Of the first field, for the count of what was asked. */
  readonly title: string;
}

export type OperationKind = "query" | "mutation" | "subscription";
type Field = GraphQLField<unknown, unknown>;

/** What makes the world smaller comes more rarely than what makes it larger. */
const rare = /^(delete|archive|deactivate|revoke|reset|logout|remove|changePassword|updateSettings|kill)/;

/** Draws operations; those of one generator and seed are always the same, as long as the names are. */
export class OperationMaker {
  readonly #roots: Readonly<Record<OperationKind, readonly Field[]>>;

  constructor(
    schema: GraphQLSchema,
    private readonly random: Random,
    private readonly names: Names,
  ) {
    const fields = (type: GraphQLObjectType | null | undefined): Field[] =>
      Object.values(type?.getFields() ?? {});
    this.#roots = {
      query: fields(schema.getQueryType()),
      mutation: fields(schema.getMutationType()),
      subscription: fields(schema.getSubscriptionType()),
    };
  }

  make(kind: OperationKind): GraphQLRequest {
    const { random } = this;
    const many = kind === "subscription" || random.chance(0.85) ? 1 : random.between(1, random.pick([5, 12]));
    const fields = random.list(many, () => this.#root(kind));
    const writer = new OperationWriter(random, this.names);
    const calls = fields.map((field, index) => writer.call(field, many > 1 ? `r${index}: ` : "", 0));
    return { title: `${kind} ${fields[0]?.name ?? ""}`, ...writer.finish(kind, calls) };
  }

  #root(kind: OperationKind): Field {
    const field = this.random.pick(this.#roots[kind]);
    return rare.test(field.name) && this.random.chance(0.8) ? this.#root(kind) : field;
  }
}

/** Writes one document. */
class OperationWriter {
  readonly #declared: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  readonly #fragments: string[] = [];
  #aliases = 0;
  /** Where to stop: a document that the limits refuse is soon dull. */
  readonly #depth: number;

  constructor(
    private readonly random: Random,
    private readonly names: Names,
  ) {
    this.#depth = random.weighed([
      [30, random.between(1, 4)],
      [1, random.between(5, 12)],
    ]);
  }

  call(field: Field, alias: string, level: number): string {
    const { random } = this;
    const given = argumentsOf(field.args, random, this.names, field.name);
    const asVariables = random.chance(0.7) || !isSpellable(given);
    const passed = Object.entries(given).map(([name, value]) => {
      const type = field.args.find((arg) => arg.name === name)?.type;
      if (type === undefined) return `${random.chance(0.5) ? "nothing" : name}: 1`;
      return `${name}: ${asVariables ? this.#variable(String(type), value) : literal(value)}`;
    });
    const list = passed.length === 0 ? "" : `(${passed.join(", ")})`;
    return `${alias}${field.name}${list}${this.#directive()}${this.#selection(getNamedType(field.type), level + 1)}`;
  }

  finish(kind: OperationKind, calls: readonly string[]): Omit<GraphQLRequest, "title"> {
    const declared = this.#declared.length === 0 ? "" : `(${this.#declared.join(", ")})`;
    const operation = `${kind} Fuzz${declared} { ${calls.join(" ")} }`;
    return { query: [operation, ...this.#fragments].join("\n"), variables: this.#variables };
  }

  #variable(type: string, value: unknown): string {
    const name = `v${this.#declared.length}`;
    this.#declared.push(`$${name}: ${this.random.chance(0.003) ? "String" : type}`);
    this.#variables[name] = value;
    return `$${name}`;
  }

  /** Never the same twice, so that no two fields are in each other's way. */
  #alias(): string {
    this.#aliases += 1;
    return `f${this.#aliases}: `;
  }

  #directive(): string {
    if (this.random.chance(0.001)) return this.random.pick([" @nothing", " @include"]);
    if (!this.random.chance(0.015)) return "";
    return this.random.pick([
      " @include(if: true)",
      " @skip(if: false)",
      " @skip(if: true)",
      " @nothing",
      " @include",
    ]);
  }

  #selection(type: GraphQLNamedType, level: number): string {
    const { random } = this;
    if (isLeafType(type)) return random.chance(0.001) ? " { x }" : "";
    if (!isObjectType(type)) return " { __typename }";
    const fields = Object.values(type.getFields());
    const isDeep = level < this.#depth;
    const usable = fields.filter((field) => isDeep || isLeafType(getNamedType(field.type)));
    const picked = random.list(random.between(1, 4), () =>
      random.pick(usable.length === 0 ? fields : usable),
    );
    const parts = ["id", "revision"].filter((name) => name in type.getFields() && random.chance(0.5));
    parts.push(...picked.map((field) => this.call(field, random.chance(0.99) ? this.#alias() : "", level)));
    if (random.chance(0.1)) parts.push("__typename");
    if (random.chance(0.003)) parts.push("noSuchField");
    return ` { ${this.#wrapped(parts.join(" "), type.name)} }`;
  }

  /** As it is, in an inline fragment, or in a named one. */
  #wrapped(selection: string, type: string): string {
    const roll = this.random.below(40);
    if (roll === 0) return `... on ${type} { ${selection} }`;
    if (roll !== 1) return selection;
    const name = `F${this.#fragments.length}`;
    this.#fragments.push(`fragment ${name} on ${type} { ${selection} }`);
    return `...${name}`;
  }
}

/** A document can only spell members whose names are names. */
function isSpellable(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof EnumName) return true;
  return Object.entries(value).every(
    ([name, member]) => (Array.isArray(value) || /^[_A-Za-z]\w*$/.test(name)) && isSpellable(member),
  );
}

/** A value as a document spells it. */
function literal(value: unknown): string {
  if (value instanceof EnumName) return value.name;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${name}: ${literal(member)}`)
    .join(", ")} }`;
}
