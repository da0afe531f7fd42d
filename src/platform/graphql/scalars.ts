/** The two scalars. They let values through as they are sent: use cases check them, so that literals and variables get the same errors. */
import { GraphQLScalarType, Kind, type ValueNode } from "graphql";

/** Any JSON value. Objects of literals have no prototype, so `__proto__` is a name like any other. */
export const JsonScalar = new GraphQLScalarType<unknown, unknown>({
  name: "JSON",
  description: "Any JSON value: object, array, string, number, boolean or null.",
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => literalValue(node, variables ?? {}),
});

/** A moment; written as RFC 3339 in UTC. Input arrives in use cases as it was sent (a string, where it is right). */
export const DateTimeScalar = new GraphQLScalarType<unknown, string>({
  name: "DateTime",
  description:
    "A moment: an RFC 3339 date-time such as `2026-01-31T09:00:00Z`. Any offset is accepted, UTC is answered.",
  serialize: (value) => (value instanceof Date ? value.toISOString() : String(value)),
  parseValue: (value) => value,
  parseLiteral: (node, variables) => literalValue(node, variables ?? {}),
});

function literalValue(node: ValueNode, variables: Record<string, unknown>): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((item) => literalValue(item, variables));
    case Kind.OBJECT: {
      const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
      for (const field of node.fields) object[field.name.value] = literalValue(field.value, variables);
      return object;
    }
    case Kind.VARIABLE:
      return variables[node.name.value];
  }
}
