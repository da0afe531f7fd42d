/** Doorway of the security log. */
export { type SecurityEntry, SecurityEventKind } from "./security-event.js";
export { erasePerson } from "./security-event.store.js";
export { SecurityEventResolver } from "./security-event.resolver.js";
export { createSecurityLog, type SecurityLog } from "./security-log.js";
