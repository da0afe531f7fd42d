/** `schema.graphql` is what the code says, and everything in it is described: the descriptions are the user's manual. */
import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { expect, test } from "vitest";
import { buildGraphQLSchema, printGraphQLSchema } from "../../src/api/graphql/schema.js";
import { read } from "./repository.js";

interface Described {
  readonly name: string;
  readonly description?: string | null | undefined;
}

test("schema.graphql is current", async () => {
  expect(read("schema.graphql"), "run `npm run schema:write`").toBe(await printGraphQLSchema());
});

test("every type, field, argument and enum value has a description", async () => {
  const silent = everything(await buildGraphQLSchema()).filter(({ description }) => !isSentence(description));
  expect(silent.map(({ name }) => name)).toEqual([]);
});

test("no list of the API holds nulls", async () => {
  expect((await printGraphQLSchema()).match(/^.*\[\w+\].*$/gm) ?? []).toEqual([]);
});

function isSentence(description: string | null | undefined): boolean {
  return (description ?? "").trim().length > 3;
}

function everything(schema: GraphQLSchema): readonly Described[] {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  const roots = new Set(["Query", "Mutation", "Subscription"]);
  return types.flatMap((type) => [...(roots.has(type.name) ? [] : [type]), ...membersOf(type)]);
}

function membersOf(type: GraphQLNamedType): readonly Described[] {
  if (isEnumType(type)) return type.getValues().map((value) => within(type.name, value));
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map((field) => within(type.name, field));
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    within(type.name, field),
    ...field.args.map((argument) => within(`${type.name}.${field.name}`, argument)),
  ]);
}

function within(place: string, { name, description }: Described): Described {
  return { name: `${place}.${name}`, description };
}
