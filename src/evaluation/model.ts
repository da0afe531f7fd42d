/** The definitions an evaluator sees in one environment: the members of a ruleset, exactly as its JSON spells them. */

/** The type that every value of a flag has. */
export const FlagType = { BOOLEAN: "BOOLEAN", STRING: "STRING", NUMBER: "NUMBER", JSON: "JSON" } as const;
export type FlagType = (typeof FlagType)[keyof typeof FlagType];

/** What an attribute clause asks; a NOT_ form is true when the attribute is present and the plain form is false. */
export const ConditionOperator = {
  EQUALS: "EQUALS",
  NOT_EQUALS: "NOT_EQUALS",
  IN: "IN",
  NOT_IN: "NOT_IN",
  CONTAINS: "CONTAINS",
  NOT_CONTAINS: "NOT_CONTAINS",
  STARTS_WITH: "STARTS_WITH",
  NOT_STARTS_WITH: "NOT_STARTS_WITH",
  ENDS_WITH: "ENDS_WITH",
  NOT_ENDS_WITH: "NOT_ENDS_WITH",
  MATCHES: "MATCHES",
  NOT_MATCHES: "NOT_MATCHES",
  GT: "GT",
  GTE: "GTE",
  LT: "LT",
  LTE: "LTE",
  BEFORE: "BEFORE",
  AFTER: "AFTER",
  SEMVER_EQ: "SEMVER_EQ",
  SEMVER_GT: "SEMVER_GT",
  SEMVER_GTE: "SEMVER_GTE",
  SEMVER_LT: "SEMVER_LT",
  SEMVER_LTE: "SEMVER_LTE",
  IN_CIDR: "IN_CIDR",
  NOT_IN_CIDR: "NOT_IN_CIDR",
  EXISTS: "EXISTS",
  NOT_EXISTS: "NOT_EXISTS",
} as const;
export type ConditionOperator = (typeof ConditionOperator)[keyof typeof ConditionOperator];

/** How a seed and a value become a bucket; each is named for its origin, MURMUR3 is the native one. */
export const BucketingAlgorithm = { MURMUR3: "MURMUR3" } as const;
export type BucketingAlgorithm = (typeof BucketingAlgorithm)[keyof typeof BucketingAlgorithm];

/** What a flag can answer. */
export interface Variant {
  readonly key: string;
  /** JSON of the flag's type; never null. */
  readonly value: unknown;
}

/** One flag in one environment. Members not named here are ignored. */
export interface Flag {
  readonly key: string;
  readonly type: FlagType;
  readonly version?: number;
  readonly enabled: boolean;
  /** Whether CLIENT keys may see the answers; false when absent. */
  readonly clientVisible?: boolean;
  /** Answered while the flag is off or a prerequisite fails; null: no value, so the caller's default. */
  readonly offVariant?: string | null;
  readonly variants: readonly Variant[];
  readonly prerequisites?: readonly Prerequisite[];
  readonly targets?: readonly Target[];
  readonly rules?: readonly Rule[];
  readonly fallthrough: Serve;
}

/** The flag answers its off variant unless that other flag serves one of these variants. */
export interface Prerequisite {
  readonly flagKey: string;
  readonly variants: readonly string[];
}

/** A list of values of one attribute that get a variant ahead of all rules. */
export interface Target {
  readonly variant: string;
  /** Attribute path; `targetingKey` when absent. */
  readonly attribute?: string;
  readonly values: readonly string[];
}

/** Whoever satisfies `when` (everyone, when absent) is served. */
export interface Rule {
  readonly id: string;
  readonly name?: string | null;
  readonly when?: Condition | null;
  readonly serve: Serve;
  /** What measures whom the rule's split puts where; its split then goes by exactly one attribute. */
  readonly experiment?: Experiment | null;
}

/** Whoever the split of a rule decides for takes part in this. */
export interface Experiment {
  /** Not empty. */
  readonly id: string;
  /** Counts from 1; another one whenever the split, the audience or the share of traffic changed. */
  readonly epoch: number;
  /** Attribute paths by which results are told apart too. */
  readonly slices?: readonly string[];
}

/** One variant for everyone, or a split. */
export type Serve = { readonly variant: string } | Split;

/** A walk over slots; the sum of the weights, at most 2^31 − 1, is the number of buckets. */
export interface Split {
  readonly split: readonly Slot[];
  /** Absent: by targeting key, seeded with the flag key. */
  readonly bucketing?: Bucketing;
}

/** A run of buckets. A variant may hold several; null is a hole, in which a rule does not match. */
export interface Slot {
  readonly variant: string | null;
  /** Positive integer. */
  readonly weight: number;
}

/** What is hashed into a bucket. */
export interface Bucketing {
  /** Attribute paths, the first present counts; `["targetingKey"]` when absent. */
  readonly by?: readonly string[];
  /** The flag key when absent from a split; a bucket test always names its own. */
  readonly seed?: string;
  readonly algorithm?: BucketingAlgorithm;
}

/** A test of the context. Exactly one form. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly segment: string }
  | { readonly flag: string; readonly variants: readonly string[] }
  | BucketTest
  | Clause;

/** True for `from <= bucket < to` among `of` buckets (100 000 when absent). */
export interface BucketTest {
  readonly bucket: Bucketing;
  readonly from: number;
  readonly to: number;
  readonly of?: number;
}

/** A test of one attribute: true if the operator holds for any of the values. */
export interface Clause {
  readonly attribute: string;
  readonly operator: ConditionOperator;
  /** None for EXISTS and NOT_EXISTS. */
  readonly values?: readonly unknown[];
  readonly ignoreCase?: boolean;
}

/** A named set of contexts: excluded wins over included, included over `when`. */
export interface Segment {
  readonly key: string;
  /** Targeting keys. */
  readonly included?: readonly string[];
  /** Targeting keys. */
  readonly excluded?: readonly string[];
  /** Absent: nobody but the included. */
  readonly when?: Condition | null;
}

export interface RulesetPart {
  readonly flags: readonly Flag[];
  readonly segments: readonly Segment[];
}

export interface RulesetKeys {
  readonly flags: readonly string[];
  readonly segments: readonly string[];
}

/** Everything that decides the answers of one environment. */
export interface Ruleset extends RulesetPart {
  readonly formatVersion: 1;
  readonly revision: string;
  readonly project: string;
  readonly environment: string;
}

/** A change of a ruleset: `remove` is applied before `put`. */
export interface RulesetDelta {
  readonly put: RulesetPart;
  readonly remove: RulesetKeys;
}

/** Whom or what an answer is for. A `targetingKey` among the attributes is ignored. */
export interface EvaluationContext {
  readonly targetingKey?: string | null | undefined;
  /** Any JSON object. */
  readonly attributes?: Readonly<Record<string, unknown>> | null | undefined;
}
