/** What administrators decide for the whole server. */

export interface Settings {
  /** Whether every user needs a second factor; who has none can do nothing else until they have one. */
  readonly requireTwoFactor: boolean;
  /** For how many days the audit log keeps what changed and who changed it; null: for ever. */
  readonly auditRetentionDays: number | null;
  readonly version: number;
  /** null before anybody decided anything. */
  readonly updatedAt: Date | null;
}

export type SettingsChange = Partial<Pick<Settings, "requireTwoFactor" | "auditRetentionDays">>;

/** Before anybody decided anything. */
export const defaultSettings: Settings = {
  requireTwoFactor: false,
  auditRetentionDays: null,
  version: 1,
  updatedAt: null,
};
