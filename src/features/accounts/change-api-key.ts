/** What all changes of an API key have in common: finding it, who may, and the ledger. */
import type { Database, Transaction } from "../../platform/database/index.js";
import { isUuid } from "../../platform/input.js";
import { conflict, notFound } from "../../platform/problems.js";
import { AuditSubject, type ChangeKind, checkVersion, differenceOf, write } from "../ledger/index.js";
import {
  type Caller,
  permit,
  type Permit,
  refuseUnready,
  roleAt,
  seesProject,
} from "../permissions/index.js";
import { type ApiKey, placeOf, portraitOf } from "./api-key.js";
import type { ApiKeyTools } from "./create-api-key.js";
import { findApiKey, lockApiKeyRow } from "./api-key.store.js";

/** Names an API key. */
export interface ApiKeyRef {
  readonly id: string;
  /** ApiKey.version that the change builds on. */
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

interface Plan {
  readonly kind: ChangeKind;
  readonly expectedVersion: number | null | undefined;
  readonly reason: string | null;
  /** What a key that was revoked already is answered with; CONFLICT when absent. */
  readonly onceRevoked?: "IT_STAYS";
  /** What the ledger is to say beside what differs; without it, a change that changes nothing leaves no trace. */
  readonly says?: object;
  /** Stores the change and gives the key as it is then. */
  readonly change: (tx: Transaction, apiKey: ApiKey) => Promise<ApiKey>;
}

/** The key and the proof that the caller may manage it. Throws NOT_FOUND alike for what is absent and what the caller may not see, and FORBIDDEN. */
export async function findManagedKey(
  tools: { readonly database: Database },
  caller: Caller,
  id: string,
): Promise<{ readonly apiKey: ApiKey; readonly proof: Permit }> {
  const { identity } = caller;
  refuseUnready(caller);
  const apiKey = isUuid(id) ? await findApiKey(tools.database, id) : null;
  if (apiKey === null) throw notFound("API key", id);
  const { project } = apiKey;
  const isSeen = project === null ? roleAt(identity) !== null : seesProject(identity, project);
  if (!isSeen) throw notFound("API key", id);
  return { apiKey, proof: permit(caller, "apiKey:manage", project === null ? {} : { project }) };
}

/** Changes a key that has not been revoked. Throws NOT_FOUND, and CONFLICT also for a stale version. */
export async function changeApiKey(
  tools: ApiKeyTools,
  proof: Permit,
  id: string,
  { kind, expectedVersion, reason, onceRevoked, says, change }: Plan,
): Promise<ApiKey> {
  return write(tools, proof, async (tx, record) => {
    const before = await lockApiKeyRow(tx, id);
    if (before === null) throw notFound("API key", id);
    if (before.revokedAt !== null) {
      if (onceRevoked === "IT_STAYS") return before;
      throw conflict(`API key ${before.name} was revoked.`);
    }
    checkVersion(`API key ${before.name}`, before.version, expectedVersion);
    const after = await change(tx, before);
    const difference = differenceOf(factsOf(before), factsOf(after));
    if (difference === null && says === undefined) return before;
    record({
      kind,
      subjectType: AuditSubject.API_KEY,
      subject: id,
      ...placeOf(before),
      before: { name: before.name, ...difference?.before },
      after: { name: after.name, ...difference?.after, ...says },
      reason,
    });
    return after;
  });
}

function factsOf(apiKey: ApiKey) {
  return { ...portraitOf(apiKey), revokedAt: apiKey.revokedAt };
}
