/** The doorway of the database. */
export type { Database, DatabaseOptions, OpenDatabase, Transaction } from "./database.js";
export { digestOfVersions, digestVersions } from "./digest.js";
export { openDatabase } from "./open-database.js";
export { rowsOf } from "./parity.js";
export { countUnreadable, secretColumn, type SecretColumn, type StoredSecret } from "./secret-column.js";
export { DatabaseUnavailable, isOutcomeUnknown, isUnavailable } from "./unavailable.js";
export {
  isCheckViolation,
  isForeignKeyViolation,
  isLockTimeout,
  isOutOfDate,
  isUniqueViolation,
} from "./violations.js";
