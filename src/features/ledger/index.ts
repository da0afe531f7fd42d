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
export { createReader, type Follower, type Reader } from "./reader.js";
export { checkVersion, type LedgerTools, note, type RecordEntry, write } from "./write.js";
