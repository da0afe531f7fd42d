/** The present password, asked for once more where a stolen access token must not be enough. */
import type { Transaction } from "../../platform/database/index.js";
import { networkOf } from "../../platform/addresses.js";
import { badField } from "../../platform/problems.js";
import type { Caller, UserIdentity } from "../permissions/index.js";
import { signedInUser } from "./session.js";
import type { Verdict } from "./sign-in-limits.js";
import type { AccountTools } from "./tools.js";
import { findCredentialById, lockCredential } from "./user.store.js";

/** As it was typed, and the path of the field that it came in. */
export interface TypedPassword {
  readonly path: string;
  readonly typed: string;
}

/** A password that was right; `lock` locks the user until the transaction ends, and throws like a wrong one if it was changed meanwhile. */
export interface ProvedPassword {
  readonly lock: (tx: Transaction) => Promise<void>;
}

/**
 * Throws UNAUTHENTICATED, FORBIDDEN for API keys, BAD_USER_INPUT for a wrong password, and RATE_LIMITED after wrong attempts and when too many
 * wait. Wrong ones count against the account as at `login`.
 */
export async function provePassword(
  tools: Pick<AccountTools, "database" | "passwords" | "signIns">,
  caller: Caller,
  { path, typed }: TypedPassword,
): Promise<ProvedPassword> {
  const self = signedInUser(caller);
  const present = await findCredentialById(tools.database, self.id);
  const hash = present?.passwordHash ?? null;
  const isRight = await tools.signIns.attempt(
    caller,
    self.email,
    async () => tools.passwords.verify(hash, typed, networkOf(caller.ip)),
    (right) => verdictOn(self, right),
  );
  if (!isRight) throw wrongPassword(path);
  const lock = async (tx: Transaction): Promise<void> => {
    const locked = await lockCredential(tx, self.id);
    if (locked?.passwordHash !== hash) throw wrongPassword(path);
  };
  return { lock };
}

/** Where codes are asked for, a right password must not wipe out wrong codes: whoever knows it could guess those without end. */
function verdictOn({ secondFactor }: UserIdentity, isRight: boolean): Verdict {
  if (!isRight) return "FAILED";
  return secondFactor === "STALE" || secondFactor === "FRESH" ? "UNDECIDED" : "SUCCEEDED";
}

function wrongPassword(path: string) {
  return badField(path, "is not the present password.");
}
