/** Users and keys as far as letting them in needs to know them. */
import type { ApiKeyIdentity, UserIdentity } from "../permissions/index.js";

export interface KnownUser {
  readonly identity: Pick<UserIdentity, "kind" | "id" | "email" | "role" | "projectRoles">;
  readonly active: boolean;
  readonly twoFactorEnabled: boolean;
}

/** What one secret of an API key opens. */
export interface KnownKey {
  readonly identity: ApiKeyIdentity;
  readonly revoked: boolean;
  /** Epoch milliseconds; Infinity: never. */
  readonly expiresAt: number;
}
