/** What the security log records: who came in, who did not, and what was refused. */
import type { Actor } from "../permissions/index.js";

export const SecurityEventKind = {
  SIGNED_IN: "SIGNED_IN",
  SIGN_IN_FAILED: "SIGN_IN_FAILED",
  SIGN_IN_LIMITED: "SIGN_IN_LIMITED",
  SIGNED_OUT: "SIGNED_OUT",
  TOKEN_REUSED: "TOKEN_REUSED",
  SESSION_REVOKED: "SESSION_REVOKED",
  PASSWORD_CHANGED: "PASSWORD_CHANGED",
  ROLE_CHANGED: "ROLE_CHANGED",
  TWO_FACTOR_ENABLED: "TWO_FACTOR_ENABLED",
  TWO_FACTOR_DISABLED: "TWO_FACTOR_DISABLED",
  TWO_FACTOR_RESET: "TWO_FACTOR_RESET",
  TWO_FACTOR_FAILED: "TWO_FACTOR_FAILED",
  RECOVERY_CODE_USED: "RECOVERY_CODE_USED",
  RECOVERY_CODES_REPLACED: "RECOVERY_CODES_REPLACED",
  STEPPED_UP: "STEPPED_UP",
  API_KEY_CREATED: "API_KEY_CREATED",
  API_KEY_ROTATED: "API_KEY_ROTATED",
  API_KEY_REVOKED: "API_KEY_REVOKED",
  REVOKED_KEY_USED: "REVOKED_KEY_USED",
  FORBIDDEN: "FORBIDDEN",
} as const;
export type SecurityEventKind = (typeof SecurityEventKind)[keyof typeof SecurityEventKind];

/** What is kept of it. */
export interface SecurityEvent {
  /** Place in the log; newest highest. */
  readonly seq: number;
  readonly id: string;
  readonly kind: SecurityEventKind;
  readonly at: Date;
  /** null for strangers. */
  readonly actor: Actor | null;
  readonly subject: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
  readonly detail: Readonly<Record<string, unknown>> | null;
  /** How many alike it stands for; `at` and `requestId` are those of the first. */
  readonly occurrences: number;
}
