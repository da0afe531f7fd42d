/** What asks with an API key, and how much of the key is told to whoever may read analytics. */
import type { ApiKeyKind } from "../permissions/index.js";

/** As much of an API key as says which one it is. */
export interface KeyName {
  readonly id: string;
  readonly name: string;
  readonly kind: ApiKeyKind;
}

/** One client in one version that asks with a key. */
export interface ClientVersion {
  readonly apiKey: KeyName;
  readonly client: string;
  /** Empty: it says none. */
  readonly version: string;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}
