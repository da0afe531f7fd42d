/** What the accounts room needs, put together once for the composition root. */
import type { Limits } from "../../platform/limits/limits.js";
import { type Cipher, createCipher } from "../../platform/cipher.js";
import type { Log } from "../../platform/log.js";
import type { Metrics } from "../../platform/metrics.js";
import type { LedgerTools } from "../ledger/index.js";
import type { SecurityLog } from "../security/index.js";
import { createCurrentSettings, type CurrentSettings } from "../settings/index.js";
import { type AccessTokens, createAccessTokens } from "./access-token.js";
import { createDirectory, type Directory } from "./directory.js";
import { createLastUse, type LastUse } from "./last-use.js";
import { createPasswords, type Passwords } from "./password.js";
import { createSignInLimits, type SignInLimits } from "./sign-in-limits.js";
import { createRevokedUse, type RevokedUse } from "./revoked-use.js";

export interface AccountTools extends LedgerTools {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether `register` is open. */
  readonly allowSignup: boolean;
  /** Newest first: the first signs and encrypts, all verify and decrypt. Not empty. */
  readonly secretKeys: readonly string[];
  readonly security: SecurityLog;
  /** The defaults until a reader follows it. */
  readonly settings: CurrentSettings;
  readonly cipher: Cipher;
  readonly passwords: Passwords;
  readonly signIns: SignInLimits;
  readonly metrics: Pick<Metrics, "countLogin" | "countRateLimited">;
  readonly accessTokens: AccessTokens;
  /** Empty until a reader follows it. */
  readonly directory: Directory;
  /** To be closed before the database. */
  readonly lastUse: LastUse;
  readonly revokedUse: RevokedUse;
  /** Whether the ledger could not be read for so long that revocations may have been missed. */
  readonly isCutOff: () => boolean;
}

export interface AccountOptions extends Pick<
  AccountTools,
  "database" | "committed" | "now" | "allowSignup" | "secretKeys" | "security" | "metrics" | "isCutOff"
> {
  readonly log: Log;
  readonly limits: Limits;
  /** From each address; 0: as many as come. */
  readonly signInsPerMinute: number;
}

/** The room's tools. Nothing is read: give `settings` and `directory` to the ledger's reader. */
export function createAccounts(options: AccountOptions): AccountTools {
  const { database, committed, now, allowSignup, secretKeys, security, metrics, isCutOff, log } = options;
  const directory = createDirectory(now);
  return {
    ...{ database, committed, now, allowSignup, secretKeys, security, metrics, isCutOff },
    settings: createCurrentSettings(),
    cipher: createCipher(secretKeys),
    passwords: createPasswords({ full: () => metrics.countRateLimited("queue") }),
    signIns: createSignInLimits(options, options.signInsPerMinute),
    accessTokens: createAccessTokens(secretKeys, now),
    directory,
    lastUse: createLastUse({ database, now, log }),
    revokedUse: createRevokedUse({ directory, security, now }),
  };
}
