/** Doorway of the ledger room. */
export { readTokens } from "./audit.queries.js";
export { AuditVerificationResolver } from "./audit.resolver.js";
export { emptiesOthers } from "./admissions.js";
export {
  AuditSubject,
  bodyOf,
  canonicalJson,
  type Change,
  type ChangeBody,
  type ChangeKind,
  type Entry,
  type Position,
  historyMark,
  isAtLeast,
  revisionOf,
} from "./change.js";
export { auditEvents, type AuditFilter, historyOf, lastChanges } from "./change.queries.js";
export { AuditResolver } from "./change.resolver.js";
export { beginEpoch } from "./begin-epoch.js";
export { findChange, findChangeAt, listChangesAfter, type SubjectKey } from "./change.store.js";
export { ActorType, AuditEventConnection, AuditEventType } from "./change.types.js";
export { type Chore, repeat } from "./chore.js";
export { tokenOf } from "./checkpoint.js";
export { createCheckpointKeys, isPublicKey } from "./checkpoint-keys.js";
export { type Difference, differenceOf } from "./difference.js";
export {
  type AdvanceListener,
  createReader,
  type Follower,
  type Reader,
  type ReaderStatus,
  type ReaderTools,
} from "./reader.js";
export { findRepeatedChange } from "./find-repeated-change.js";
export { findRepetition } from "./find-repetition.js";
export {
  asDeleted,
  fingerprintsOf,
  goneSince,
  type NamingInput,
  orGone,
  readIdempotencyKey,
  type Repetition,
  sameOrGone,
} from "./idempotency.js";
export { isRevertible } from "./revertible.js";
export { eraseUserTexts } from "./erase-texts.js";
export { type KeepingTools, keepLedger } from "./keep-ledger.js";
export { exportLedger, openLedgerFile } from "./ledger-file.js";
export { storedLedger } from "./stored-ledger.js";
export { type Verification, verifyLedger } from "./verify-ledger.js";
export { checkVersion, type LedgerTools, note, type RecordEntry, write } from "./write.js";
