/** Doorway of the settings room. */
export { createCurrentSettings, type CurrentSettings } from "./current-settings.js";
export type { Settings } from "./settings.js";
export { auditRetentionDays, settings } from "./settings.queries.js";
export { SettingsResolver } from "./settings.resolver.js";
