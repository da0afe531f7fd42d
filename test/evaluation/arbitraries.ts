/** Random rulesets and contexts that meet often: few names, few values, every operator and every form. */
import fc from "fast-check";
import type {
  Bucketing,
  Condition,
  ConditionOperator,
  EvaluationContext,
  Experiment,
  Flag,
  Prerequisite,
  Rule,
  Ruleset,
  Segment,
  Serve,
} from "../../src/evaluation/index.js";

export const NOW = Date.parse("2026-06-01T12:00:00Z");

const PATHS = [
  "targetingKey",
  "country",
  "plan",
  "app.version",
  "user.id",
  "request.ip",
  "request.time",
] as const;
const WORDS = ["alice", "bob", "DE", "de", "FR", "a", ""];
const NUMBERS = [0, 1, -1, 41, 42.5, 1e21, NOW];
const NUMERIC = ["41", "42.5", "1e3", "-1", "x", "0x10", " 1"];
const INSTANTS = [
  "2026-06-01T12:00:00Z",
  "2026-06-01",
  "2026-06-01T14:00:00.001+02:00",
  "2026-02-30",
  "1969-12-31T23:59:59Z",
];
const VERSIONS = ["1.0.0", "v1.2", "2", "1.2.3-rc.1", "1.2.3-rc.10+build", "01.0.0", "1.2.3.4"];
const ADDRESSES = ["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "192.168.1.300", "::1"];
const NETWORKS = ["10.0.0.0/8", "10.0.0.1", "2001:db8::/32", "0.0.0.0/0", "::/0", "10.1.2.3/31"];

const scalar = fc.constantFrom<unknown>(
  ...WORDS,
  ...NUMBERS,
  ...NUMERIC,
  ...INSTANTS,
  ...VERSIONS,
  ...ADDRESSES,
  true,
  false,
  null,
);
const attribute = fc.oneof(
  { weight: 8, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant({}) },
);

export const context: fc.Arbitrary<EvaluationContext> = fc.record(
  {
    targetingKey: fc.oneof(fc.constantFrom("alice", "bob", ""), fc.string()),
    attributes: fc.record(
      {
        country: attribute,
        plan: attribute,
        app: fc.record({ version: attribute }, { requiredKeys: [] }),
        "app.version": attribute,
        user: fc.oneof(fc.record({ id: attribute }), attribute),
        request: fc.record({ ip: attribute, time: attribute }, { requiredKeys: [] }),
        "request.ip": attribute,
        targetingKey: attribute,
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

/** What each operator can read. */
const READABLE: Readonly<Record<ConditionOperator, readonly unknown[] | undefined>> = {
  EQUALS: [...WORDS, ...NUMBERS, true, false],
  NOT_EQUALS: [...WORDS, ...NUMBERS, true, false],
  IN: [...WORDS, ...NUMBERS, true, false],
  NOT_IN: [...WORDS, ...NUMBERS, true, false],
  CONTAINS: WORDS,
  NOT_CONTAINS: WORDS,
  STARTS_WITH: WORDS,
  NOT_STARTS_WITH: WORDS,
  ENDS_WITH: WORDS,
  NOT_ENDS_WITH: WORDS,
  MATCHES: ["^a", "e$", "[0-9]+", "li", "^$"],
  NOT_MATCHES: ["^a", "e$", "[0-9]+", "li", "^$"],
  GT: [...NUMBERS, "41", "1e3"],
  GTE: [...NUMBERS, "41", "1e3"],
  LT: [...NUMBERS, "41", "1e3"],
  LTE: [...NUMBERS, "41", "1e3"],
  BEFORE: ["2026-06-01T12:00:00Z", "2026-06-01", NOW + 1, 0],
  AFTER: ["2026-06-01T12:00:00Z", "2026-06-01", NOW - 1, 0],
  SEMVER_EQ: ["1.0.0", "v1.2", "2", "1.2.3-rc.1"],
  SEMVER_GT: ["1.0.0", "v1.2", "2", "1.2.3-rc.1"],
  SEMVER_GTE: ["1.0.0", "v1.2", "2", "1.2.3-rc.1"],
  SEMVER_LT: ["1.0.0", "v1.2", "2", "1.2.3-rc.1"],
  SEMVER_LTE: ["1.0.0", "v1.2", "2", "1.2.3-rc.1"],
  IN_CIDR: NETWORKS,
  NOT_IN_CIDR: NETWORKS,
  EXISTS: undefined,
  NOT_EXISTS: undefined,
};
/** The interpreter that answers are held against folds case by lower case, which is no way to fold a pattern. */
const FOLDING: ReadonlySet<string> = new Set([
  "EQUALS",
  "IN",
  "NOT_IN",
  "CONTAINS",
  "NOT_CONTAINS",
  "STARTS_WITH",
  "ENDS_WITH",
]);

const anyClause: fc.Arbitrary<Condition> = fc
  .tuple(
    fc.constantFrom(...PATHS),
    fc.constantFrom(...(Object.keys(READABLE) as ConditionOperator[])),
    fc.boolean(),
  )
  .chain(([path, operator, fold]) => {
    const readable = READABLE[operator];
    const values =
      readable === undefined ? fc.constant([]) : fc.array(fc.constantFrom(...readable), { maxLength: 3 });
    return values.map((list) => ({
      attribute: path,
      operator,
      ...(readable === undefined ? {} : { values: list }),
      ...(fold && FOLDING.has(operator) ? { ignoreCase: true } : {}),
    }));
  });

const by = fc
  .constantFrom<readonly string[][]>([["targetingKey"], ["user.id", "targetingKey"], ["country"]])
  .chain((all) => fc.constantFrom(...all));
const bucketing = fc.record({
  by,
  seed: fc.constantFrom("s", "t", "ключ"),
}) satisfies fc.Arbitrary<Bucketing>;
const bucketTest: fc.Arbitrary<Condition> = fc
  .tuple(bucketing, fc.nat(100), fc.nat(100))
  .map(([bucket, a, b]) => ({ bucket, from: Math.min(a, b), to: Math.max(a, b), of: 100 }));

const VARIANTS = ["on", "off", "mid"] as const;
const variant = fc.constantFrom(...VARIANTS);

function condition(segments: readonly string[], flags: readonly string[]): fc.Arbitrary<Condition> {
  const leaves: fc.Arbitrary<Condition>[] = [anyClause, anyClause, bucketTest];
  if (segments.length > 0) leaves.push(fc.constantFrom(...segments).map((segment) => ({ segment })));
  if (flags.length > 0) {
    leaves.push(
      fc.record({
        flag: fc.constantFrom(...flags),
        variants: fc.array(variant, { minLength: 1, maxLength: 2 }),
      }),
    );
  }
  const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", maxDepth: 3 },
      ...leaves,
      fc.record({ all: fc.array(tie("tree"), { maxLength: 3 }) }),
      fc.record({ any: fc.array(tie("tree"), { maxLength: 3 }) }),
      fc.record({ not: tie("tree") }),
    ),
  }));
  return tree;
}

function serve(holes: boolean): fc.Arbitrary<Serve> {
  const slot = fc.record({
    variant: holes ? fc.option(variant) : variant,
    weight: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 2 ** 29 })),
  });
  return fc.oneof(
    fc.record({ variant }),
    fc.record(
      { split: fc.array(slot, { minLength: 1, maxLength: 4 }), bucketing },
      { requiredKeys: ["split"] },
    ),
  );
}

const experiment: fc.Arbitrary<Experiment> = fc.record(
  {
    id: fc.constantFrom("e1", "e2"),
    epoch: fc.integer({ min: 1, max: 9 }),
    slices: fc.array(fc.constantFrom("country", "request.country"), { maxLength: 2 }),
  },
  { requiredKeys: ["id", "epoch"] },
);

/** Without the experiment where the rule serves no split by one attribute. */
function measurable<T extends Omit<Rule, "id">>(rule: T): T {
  const isSplit = "split" in rule.serve && (rule.serve.bucketing?.by ?? [""]).length === 1;
  return isSplit ? rule : { ...rule, experiment: null };
}

function segment(key: string, earlier: readonly string[]): fc.Arbitrary<Segment> {
  const member = fc.constantFrom("alice", "bob", "");
  return fc.record(
    {
      key: fc.constant(key),
      included: fc.array(member, { maxLength: 2 }),
      excluded: fc.array(member, { maxLength: 1 }),
      when: fc.option(condition(earlier, [])),
    },
    { requiredKeys: ["key"] },
  );
}

/** A flag of that key which refers to these segments and flags only. */
export function flag(
  key: string,
  segments: readonly string[],
  earlier: readonly string[],
): fc.Arbitrary<Flag> {
  const prerequisite: fc.Arbitrary<Prerequisite> = fc.record({
    flagKey: fc.constantFrom("missing", ...earlier),
    variants: fc.array(variant, { minLength: 1, maxLength: 3 }),
  });
  const target = fc.record(
    {
      variant,
      attribute: fc.constantFrom("targetingKey", "country", "user.id"),
      values: fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }),
    },
    { requiredKeys: ["variant", "values"] },
  );
  const rule = fc
    .record(
      {
        when: fc.option(condition(segments, ["missing", ...earlier])),
        serve: serve(true),
        experiment: fc.option(experiment),
      },
      { requiredKeys: ["serve"] },
    )
    .map(measurable);
  return fc
    .record({
      version: fc.nat(9),
      enabled: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
      clientVisible: fc.boolean(),
      offVariant: fc.option(variant),
      prerequisites: fc.oneof(fc.constant([]), fc.array(prerequisite, { maxLength: 1 })),
      targets: fc.array(target, { maxLength: 2 }),
      rules: fc
        .oneof(
          { weight: 3, arbitrary: fc.array(rule, { maxLength: 4 }) },
          { weight: 1, arbitrary: manyRules(rule) },
        )
        .map((rules): Rule[] => rules.map((one, index) => Object.assign({ id: `r${index}` }, one))),
      fallthrough: serve(false),
    })
    .map((rest) => ({
      key,
      type: "NUMBER" as const,
      variants: VARIANTS.map((name, index) => ({ key: name, value: index })),
      ...rest,
    }));
}

/** Enough rules on one attribute for evaluation to look them up rather than walk them. */
function manyRules(rule: fc.Arbitrary<Omit<Rule, "id">>): fc.Arbitrary<Omit<Rule, "id">[]> {
  const first = fc.record({
    attribute: fc.constant("country"),
    operator: fc.constantFrom("EQUALS" as const, "IN" as const),
    values: fc.array(fc.constantFrom<unknown>("DE", "FR", 0, true), { maxLength: 2 }),
    ignoreCase: fc.constantFrom(false, false, false, true),
  });
  const gated = fc.tuple(rule, first, fc.boolean()).map(([{ when, ...rest }, clause, alone]) => ({
    ...rest,
    when: alone ? clause : { all: [clause, ...(when ? [when] : [])] },
  }));
  return fc.array(fc.oneof({ weight: 4, arbitrary: gated }, rule), { minLength: 8, maxLength: 12 });
}

const SEGMENTS = ["staff", "beta", "vips"];
export const FLAGS = ["one", "two", "three", "four"];

/** Segments and flags that refer only to earlier ones, so that there is no cycle. */
export const ruleset: fc.Arbitrary<Ruleset> = fc
  .tuple(
    fc.tuple(...SEGMENTS.map((key, index) => segment(key, SEGMENTS.slice(0, index)))),
    fc.tuple(...FLAGS.map((key, index) => flag(key, SEGMENTS, FLAGS.slice(0, index)))),
  )
  .map(([segments, flags]) => rulesetOf(flags, segments));

export function rulesetOf(flags: readonly Flag[], segments: readonly Segment[] = []): Ruleset {
  return { formatVersion: 1, revision: "1", project: "default", environment: "production", flags, segments };
}

/** A boolean flag that is on, serves `on` to everyone, and has whatever else is given. */
export function booleanFlag(key: string, rest: Partial<Flag> = {}): Flag {
  return {
    key,
    type: "BOOLEAN",
    version: 1,
    enabled: true,
    clientVisible: true,
    offVariant: "off",
    variants: [
      { key: "on", value: true },
      { key: "off", value: false },
    ],
    fallthrough: { variant: "on" },
    ...rest,
  };
}
