/** What the security log records: who came in, who did not, and what was refused. */
import { storable } from "../../platform/input.js";
import { type Actor, actorOf, type Caller } from "../permissions/index.js";

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

export type NewSecurityEvent = Omit<SecurityEvent, "id" | "seq">;

/** What whoever notices it says; the log adds when, and who from the caller. */
export interface SecurityEntry {
  readonly kind: SecurityEventKind;
  readonly caller: Caller;
  /** Whom or what it is about: the e-mail address as it was given, the key's name, the operation. */
  readonly subject?: string | null | undefined;
  /** Never a secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

const maxTextLength = 300;

/** The event of an entry made `now`, epoch milliseconds. What strangers send is cut short, and freed of what PostgreSQL cannot keep. */
export function eventOf(
  { kind, caller, subject = null, detail }: SecurityEntry,
  now: number,
): NewSecurityEvent {
  return {
    kind,
    at: new Date(now),
    actor: caller.identity.kind === "ANONYMOUS" ? null : actorOf(caller),
    subject: subject === null ? null : storable(subject, maxTextLength),
    ip: caller.ip,
    userAgent: typeof caller.userAgent === "string" ? storable(caller.userAgent, maxTextLength) : null,
    requestId: caller.requestId,
    detail: detail === undefined ? null : storableDetail(detail),
    occurrences: 1,
  };
}

function storableDetail(detail: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const clean = (_name: string, value: unknown): unknown =>
    typeof value === "string" ? storable(value, maxTextLength) : value;
  return JSON.parse(JSON.stringify(detail, clean)) as Readonly<Record<string, unknown>>;
}
