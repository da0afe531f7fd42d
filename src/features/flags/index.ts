/** Doorway of the flags room. */
export { addFlag, createFlag, type CreateFlag } from "./create-flag.js";
export type { Flag, FlagEnvironment, FlagKind, Rule, RuleOwner } from "./flag.js";
export { loadFlags, type LoadedFlag } from "./flag-definitions.store.js";
export { readFlagDigests, readFlagVersions } from "./flag-versions.store.js";
export { FlagEnvironmentFieldResolver, RuleResolver } from "./flag-environment-fields.resolver.js";
export { FlagEnvironmentResolver } from "./flag-environment.resolver.js";
export { FlagEnvironmentType } from "./flag-environment.types.js";
export { FlagFieldResolver } from "./flag-fields.resolver.js";
export { findRepeatedFlag, findRepeatedFlagEnvironment } from "./find-repeated-flag.js";
export { flagByName, lastChangeOf, settingsOfFlag } from "./flag.loaders.js";
export { flagEnvironmentRows, flagRows } from "./flag-rows.store.js";
export { FlagResolver } from "./flag.resolver.js";
export { findFlag } from "./flag.store.js";
export { FlagObjectType } from "./flag.types.js";
export { FlagUsageResolver, SegmentUsageResolver } from "./flag-usage.resolver.js";
export { furnishEnvironment } from "./furnish-environment.store.js";
export { type OwnedRuleChange, type RulePlace, setOwnedRule } from "./set-owned-rule.js";
export { demandsVersion, environmentsUsingSegment, flagUsersOfSegment } from "./guard-in-use.js";
