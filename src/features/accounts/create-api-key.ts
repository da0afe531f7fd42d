/** createApiKey: a credential for a program, no mightier than whoever makes it. */
import type { Transaction } from "../../platform/database/index.js";
import { Mistakes, name, reason } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { AuditSubject, type RecordEntry, write } from "../ledger/index.js";
import {
  actorOf,
  ApiKeyKind,
  type Caller,
  type Identity,
  permit,
  type Permit,
  type Role,
} from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { type ApiKey, checkReach, type CreatedApiKey, placeOf, portraitOf, readExpiry } from "./api-key.js";
import { recordKey } from "./record-key.js";
import { makeApiKeySecret } from "./api-key-secret.js";
import { insertApiKey } from "./api-key.store.js";
import type { AccountTools } from "./tools.js";

export interface CreateApiKey {
  readonly name: string;
  readonly kind: ApiKeyKind;
  /** Absent: the caller's project, else `default` for CLIENT and SERVER and the whole server for MANAGEMENT. */
  readonly project?: string | null | undefined;
  /** For CLIENT and SERVER. */
  readonly environment?: string | null | undefined;
  /** For MANAGEMENT. */
  readonly role?: Role | null | undefined;
  /** RFC 3339; absent: never, or with the key that makes a MANAGEMENT key. */
  readonly expiresAt?: unknown;
  readonly reason?: string | null | undefined;
}

export type ApiKeyTools = Pick<AccountTools, "database" | "committed" | "now" | "security" | "directory">;

/**
 * The key lives by itself: a maker who is demoted or leaves later does not stop what runs in production; `createdBy` says whose it was.
 * Throws NOT_FOUND for the project and environment, FORBIDDEN also for what `checkReach` refuses, and BAD_USER_INPUT.
 */
export async function createApiKey(
  tools: ApiKeyTools,
  caller: Caller,
  input: CreateApiKey,
): Promise<CreatedApiKey> {
  const { proof, secret, store, announce } = prepareApiKey(tools, caller, input);
  const apiKey = await write(tools, proof, store);
  announce(apiKey);
  return { apiKey, secret };
}

/** A key that is made as part of a larger change. */
export interface PreparedApiKey {
  readonly proof: Permit;
  readonly secret: string;
  /** In the transaction that makes it. Throws NOT_FOUND for the project and environment. */
  readonly store: (tx: Transaction, record: RecordEntry) => Promise<ApiKey>;
  /** Once that is committed. */
  readonly announce: (apiKey: ApiKey) => void;
}

/** Throws what `createApiKey` throws, apart from NOT_FOUND for what is not there. */
export function prepareApiKey(tools: ApiKeyTools, caller: Caller, input: CreateApiKey): PreparedApiKey {
  const project = projectOf(caller.identity, input);
  const proof = permit(caller, "apiKey:manage", project === null ? {} : { project });
  const until = expiryOf(tools, caller);
  const { why, ...read } = readInput(input, tools.now(), until);
  const { secret, hash, prefix } = makeApiKeySecret(read.kind, read.environment ?? project);
  const createdAt = new Date(tools.now());
  const draft = { ...read, project, prefix, createdAt, createdBy: actorOf(caller) };
  checkReach(caller, until, draft);
  const store: PreparedApiKey["store"] = async (tx, record) => {
    const inserted = await insertApiKey(tx, draft, hash);
    record({
      kind: "api_key.created",
      subjectType: AuditSubject.API_KEY,
      subject: inserted.id,
      ...placeOf(inserted),
      after: portraitOf(inserted),
      reason: why,
    });
    return inserted;
  };
  const announce = (apiKey: ApiKey): void =>
    recordKey(tools, caller, SecurityEventKind.API_KEY_CREATED, apiKey);
  return { proof, secret, store, announce };
}

/** When the API key that asks expires; null: never, or it is none. */
export function expiryOf({ directory }: Pick<ApiKeyTools, "directory">, { identity }: Caller): Date | null {
  const expiresAt = identity.kind === "API_KEY" ? directory.keyById(identity.id)?.expiresAt : undefined;
  return expiresAt === undefined || expiresAt === Infinity ? null : new Date(expiresAt);
}

function projectOf(identity: Identity, { project, kind }: CreateApiKey): string | null {
  const own = identity.kind === "API_KEY" ? identity.project : null;
  return project ?? own ?? (kind === ApiKeyKind.MANAGEMENT ? null : "default");
}

function readInput(input: CreateApiKey, now: number, until: Date | null) {
  const { kind, environment = null, role = null } = input;
  const mistakes = new Mistakes();
  if (kind === ApiKeyKind.MANAGEMENT) {
    if (role === null) mistakes.add("input.role", "is needed for a MANAGEMENT key.");
    if (environment !== null) {
      mistakes.add("input.environment", `is for CLIENT and SERVER keys, got ${quote(environment)}.`);
    }
  } else {
    if (environment === null) mistakes.add("input.environment", `is needed for a ${kind} key.`);
    if (role !== null) mistakes.add("input.role", `is for MANAGEMENT keys, got ${role}.`);
  }
  const read = {
    kind,
    environment,
    role,
    name: name("input.name", input.name, mistakes),
    expiresAt:
      readExpiry("input.expiresAt", input.expiresAt, now, mistakes) ??
      (kind === ApiKeyKind.MANAGEMENT ? until : null),
    why: reason("input.reason", input.reason, mistakes),
  };
  mistakes.throwIfAny();
  return read;
}
