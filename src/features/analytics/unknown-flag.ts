/** A key that API keys ask for and get no flag by. */
import type { KeyName } from "./client-version.js";

export const UnknownFlagReason = {
  ABSENT: "ABSENT",
  ARCHIVED: "ARCHIVED",
  NOT_CLIENT_VISIBLE: "NOT_CLIENT_VISIBLE",
} as const;
export type UnknownFlagReason = (typeof UnknownFlagReason)[keyof typeof UnknownFlagReason];

export interface UnknownFlag {
  readonly project: string;
  readonly environment: string;
  readonly key: string;
  readonly apiKey: KeyName;
  /** As of now. */
  readonly reason: UnknownFlagReason;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}
