/** Doorway of the ledger room. */
export {
  AuditSubject,
  bodyOf,
  canonicalJson,
  type Change,
  type ChangeBody,
  type ChangeKind,
  type Entry,
  type Position,
  revisionOf,
} from "./change.js";
export { auditEvents, type AuditFilter, historyOf, lastChanges } from "./change.queries.js";
export { AuditResolver } from "./change.resolver.js";
export { findChange, findChangeAt, listChangesAfter, type SubjectKey } from "./change.store.js";
export { ActorType, AuditEventConnection, AuditEventType } from "./change.types.js";
export { type Difference, differenceOf } from "./difference.js";
export {
  type AdvanceListener,
  createReader,
  type Follower,
  type Reader,
  type ReaderStatus,
  type ReaderTools,
} from "./reader.js";
export { isRevertible } from "./revertible.js";
export { type BrokenRow, verifyChain } from "./verify-chain.js";
export { checkVersion, type LedgerTools, note, type RecordEntry, write } from "./write.js";
