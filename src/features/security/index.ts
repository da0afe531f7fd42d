/** Doorway of the security log. */
export { SecurityEventKind } from "./security-event.js";
export { createSecurityLog, type SecurityEntry, type SecurityLog } from "./security-log.js";
