/** Looks again at somebody who was let in earlier: tokens expire, roles change and credentials are revoked while a subscription lives. */
import type { Caller, Identity } from "../permissions/index.js";
import { anonymous, identityOfKey, identityOfUser, type StandingTools } from "./authenticate.js";

/** The caller with today's rights; anonymous, with the reason, once the credential would no longer let anybody in. Asks memory alone. */
export function recognise(tools: StandingTools, caller: Caller): Caller {
  const identity = today(tools, caller.identity);
  return identity === caller.identity ? caller : { ...caller, identity };
}

/** Who was known and is not any more has been taken away. */
function today(tools: StandingTools, identity: Identity): Identity {
  const { directory } = tools;
  if (identity.kind === "USER") {
    const isKnown = directory.user(identity.id) !== undefined;
    return isKnown ? identityOfUser(tools, { ...identity, userId: identity.id }) : anonymous("REVOKED");
  }
  if (identity.kind !== "API_KEY") return identity;
  const key = directory.keyById(identity.id);
  return key === undefined ? anonymous("REVOKED") : identityOfKey(tools, key);
}
