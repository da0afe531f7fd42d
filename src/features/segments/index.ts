/** Doorway of the segments room, where conditions are at home too. */
export { readCondition, writeCondition, type WrittenCondition } from "./condition-input.js";
export { conditionReferences, namesSegment, type Reference, variantsAsked } from "./condition-references.js";
export { summarizeCondition, summarizeMoment } from "./condition-summary.js";
export { ConditionInput } from "./condition.types.js";
export { type CreateSegment, createSegment } from "./create-segment.js";
export { emptyProject } from "./empty-project.js";
export { findRepeatedSegment } from "./find-repeated-segment.js";
export type { EnvironmentInUse, FlagUse, SegmentTools } from "./guard-segment.js";
export { revertSegmentChange, type RevertManner } from "./revert-segment.js";
export type { Segment, SegmentName } from "./segment.js";
export { loadSegments } from "./segment-definitions.store.js";
export { readSegmentVersions } from "./segment-versions.store.js";
export { segmentUsers } from "./segment.loaders.js";
export { SegmentResolver } from "./segment.resolver.js";
export { holdSegments, readSegments as findSegments } from "./segment.store.js";
export { SegmentType } from "./segment.types.js";
