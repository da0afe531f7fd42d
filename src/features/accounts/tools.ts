/** What the accounts room needs, put together once for the composition root. */
import type { Log } from "../../platform/log.js";
import type { LedgerTools } from "../ledger/index.js";
import { type AccessTokens, createAccessTokens } from "./access-token.js";
import { createDirectory, type Directory } from "./directory.js";
import { createLastUse, type LastUse } from "./last-use.js";
import { createPasswords, type Passwords } from "./password.js";

export interface AccountTools extends LedgerTools {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether `register` is open. */
  readonly allowSignup: boolean;
  readonly passwords: Passwords;
  readonly accessTokens: AccessTokens;
  /** Empty until a reader follows it. */
  readonly directory: Directory;
  /** To be closed before the database. */
  readonly lastUse: LastUse;
}

export interface AccountOptions extends Pick<AccountTools, "database" | "committed" | "now" | "allowSignup"> {
  readonly log: Log;
  /** Newest first: the first signs, all verify. Not empty. */
  readonly secretKeys: readonly string[];
}

/** The room's tools. Nothing is read: give `directory` to the ledger's reader. */
export function createAccounts(options: AccountOptions): AccountTools {
  const { database, committed, now, allowSignup, log, secretKeys } = options;
  return {
    database,
    committed,
    now,
    allowSignup,
    passwords: createPasswords(),
    accessTokens: createAccessTokens(secretKeys, now),
    directory: createDirectory(now),
    lastUse: createLastUse({ database, now, log }),
  };
}
