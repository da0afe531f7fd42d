/** Arguments for any field of the schema: mostly right and about known things, now and then of the wrong type or missing. */
import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { condition, serve, valueSchema, variantValue } from "./conditions.js";
import { EnumName } from "./enum-name.js";
import { type Names, oneOf } from "./names.js";
import type { Random } from "./random.js";
import { attributes, oddJson, oddNumber, oddText } from "./values.js";

type Given = GraphQLArgument | GraphQLInputField;
type Maker = (random: Random, names: Names) => unknown;

/** What an argument of that name is about; `Input.name` goes before `name`. */
const makers: Readonly<Record<string, Maker>> = {
  project: (random, { projects }) => oneOf(random, projects),
  environment: (random, { environments }) => oneOf(random, environments),
  flagKey: (random, { flags }) => oneOf(random, flags),
  segment: (random, { segments }) => oneOf(random, segments),
  usesSegment: (random, { segments }) => oneOf(random, segments),
  variant: (random, { variants }) => oneOf(random, variants),
  offVariant: (random, { variants }) => oneOf(random, variants),
  rest: (random, { variants }) => oneOf(random, variants),
  variants: (random, { variants }) => [oneOf(random, variants)],
  ruleId: (random, { rules }) => oneOf(random, rules),
  ruleIds: (random, { rules }) => random.list(random.below(4), () => oneOf(random, rules)),
  "RuleInput.id": (random, { rules }) => oneOf(random, rules),
  id: (random, { ids }) => oneOf(random, ids),
  changeId: (random, { ids }) => oneOf(random, ids),
  actorId: (random, { ids }) => oneOf(random, ids),
  since: (random, { cursors }) => (random.chance(0.5) ? "2026-01-01T00:00:00Z" : oneOf(random, cursors)),
  after: (random, { cursors }) => oneOf(random, cursors),
  before: (random, { cursors }) => oneOf(random, cursors),
  first: (random) => random.pick([0, 1, 2, 50, 100, 101, -1]),
  last: (random) => random.pick([1, 100, 101]),
  position: (random) => random.pick([0, 0, 1, 2, 99, -1]),
  email: (random, { emails }) => oneOf(random, emails),
  newEmail: (random, { emails }) => oneOf(random, emails),
  owner: (random, { emails }) => oneOf(random, emails),
  password: (random) => random.pick(["correct horse battery", "short", oddText(random)]),
  currentPassword: (random) => random.pick(["correct horse battery", oddText(random)]),
  newPassword: () => "correct horse battery",
  code: (random) => random.pick(["000000", "ABCD-EFGH", oddText(random)]),
  otp: (random) => random.pick(["000000", oddText(random)]),
  refreshToken: (random) => oddText(random),
  attributes: (random) => attributes(random),
  targetingKey: (random) => (random.chance(0.7) ? `user-${random.below(50)}` : oddText(random)),
  proof: (random) => random.pick(["00".repeat(32), "A".repeat(43), oddText(random)]),
  values: (random) => random.list(random.below(4), () => `v${random.below(9)}`),
  percent: (random) => random.pick([0, 12.5, 50, 33.333, 100, oddNumber(random)]),
  expectedVersion: (random) => (random.chance(0.7) ? null : random.between(0, 5)),
  value: (random) => variantValue(random),
  valueSchema: (random) => valueSchema(random),
  flagKeyPattern: (random) => random.pick(["^[a-z]", "(a+)+$", "(", ".*", oddText(random)]),
  reason: (random) => (random.chance(0.5) ? "Because." : oddText(random)),
  idempotencyKey: (random) => (random.chance(0.8) ? null : random.pick(["key-1", "key-2", oddText(random)])),
  seed: (random) => (random.chance(0.7) ? "seed-1" : oddText(random)),
  name: (random) => (random.chance(0.7) ? "A name" : oddText(random)),
  from: (random, { environments }) => oneOf(random, environments),
  to: (random, { environments }) => oneOf(random, environments),
  copyFrom: (random, { environments }) => oneOf(random, environments),
  flagKeys: (random, { flags }) => random.list(random.below(4), () => oneOf(random, flags)),
  tags: (random) => random.list(random.below(3), () => random.pick(["t1", "t2", oddText(random)])),
  included: members,
  excluded: members,
  add: members,
  remove: members,
  when: (random, names) => (random.chance(0.1) ? null : condition(random, names)),
  serve: (random, names) => serve(random, names),
  fallthrough: (random, names) => serve(random, names),
  "flag.key": (random, { flags }) => oneOf(random, flags),
  "segment.key": (random, { segments }) => oneOf(random, segments),
  "environment.key": (random, { environments }) => oneOf(random, environments),
  "project.key": (random, { projects }) => oneOf(random, projects),
  "CreateFlagInput.key": (random, { flags }) => oneOf(random, flags),
  "CreateSegmentInput.key": (random, { segments }) => oneOf(random, segments),
  "CreateEnvironmentInput.key": (random, { environments }) => oneOf(random, environments),
  "CreateProjectInput.key": (random) => (random.chance(0.9) ? "fuzz" : oddText(random)),
  "VariantInput.key": (random, { variants }) => oneOf(random, variants),
  // What goes with everything in it is only ever the project that the server can do without.
  "ProjectRefInput.project": () => "fuzz",
  "EnvironmentRefInput.project": () => "fuzz",
  "LoginInput.email": (random, { emails }) => oneOf(random, emails),
};

/** What keeps the rest of the world whole, so it is never left out. */
const always = new Set(["EnvironmentRefInput.project"]);

function members(random: Random): string[] {
  const many = random.chance(0.02) ? random.pick([1_000, 5_000, 5_001]) : random.below(5);
  return random.list(many, (index) => (many > 5 || random.chance(0.8) ? `user-${index}` : oddText(random)));
}

/** Arguments of one field, by name. `within` is the field's name. */
export function argumentsOf(
  args: readonly GraphQLArgument[],
  random: Random,
  names: Names,
  within: string,
): Readonly<Record<string, unknown>> {
  return new ArgumentMaker(random, names).members(args, within, 0);
}

class ArgumentMaker {
  /** How much of what may be left out is given: what says little is mostly accepted, what says much is mostly not. */
  readonly #fullness: number;

  constructor(
    private readonly random: Random,
    private readonly names: Names,
  ) {
    this.#fullness = random.pick([0.05, 0.15, 0.3, 0.6]);
  }

  members(given: readonly Given[], within: string, depth: number): Record<string, unknown> {
    const { random } = this;
    const isWanted = (one: Given): boolean =>
      always.has(`${within}.${one.name}`) ||
      (isNonNullType(one.type) && one.defaultValue === undefined
        ? !random.chance(0.002)
        : random.chance(this.#fullness));
    const made = given.filter(isWanted).map((one) => [one.name, this.#value(one, within, depth)] as const);
    if (random.chance(0.002)) made.push([oddText(random), 1]);
    return Object.fromEntries(made);
  }

  #value(given: Given, within: string, depth: number): unknown {
    const { random, names } = this;
    if (random.chance(0.008)) return random.chance(0.3) ? null : oddJson(random);
    const make = makers[`${within}.${given.name}`] ?? makers[given.name];
    if (make !== undefined && !random.chance(0.005)) return make(random, names);
    return this.#ofType(given.type, given.name, depth);
  }

  #ofType(type: GraphQLInputType, name: string, depth: number): unknown {
    const { random } = this;
    if (isNonNullType(type)) return this.#ofType(type.ofType, name, depth);
    if (isListType(type)) return random.list(random.below(3), () => this.#ofType(type.ofType, name, depth));
    if (isInputObjectType(type)) return this.#input(type, depth);
    if (isEnumType(type)) return new EnumName(random.pick(type.getValues()).name);
    switch (type.name) {
      case "Boolean":
        return random.chance(0.5);
      case "Int":
        return random.chance(0.8) ? random.between(0, 5) : oddNumber(random);
      case "Float":
        return random.chance(0.8) ? random.between(0, 100) : oddNumber(random);
      case "DateTime":
        return random.pick(["2026-01-01T00:00:00Z", "2099-01-01T00:00:00+02:00", oddText(random)]);
      case "JSON":
        return oddJson(random);
      default:
        return random.chance(0.7) ? `${name}-${random.below(4)}` : oddText(random);
    }
  }

  #input(type: GraphQLInputObjectType, depth: number): unknown {
    if (type.name === "ConditionInput") return condition(this.random, this.names);
    if (type.name === "ServeInput") return serve(this.random, this.names);
    return this.members(Object.values(type.getFields()), type.name, depth + 1);
  }
}
