/** Doorway of the snapshots room. */
export type { FlagIndex } from "./flag-facts.js";
export { Heartbeats } from "./heartbeats.js";
export { Keeping, type KeepingOptions } from "./keeping.js";
export type { KeptParts } from "./kept-state.js";
export { Life } from "./life.js";
export { type LiveEnvironment, nextInstant } from "./live-environment.js";
export { nextExpiry, type ProofKeys } from "./proof-keys.js";
export { SharedSnapshot } from "./shared-snapshot.js";
export { Snapshots } from "./snapshots.js";
