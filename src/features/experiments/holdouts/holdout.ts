/** What a holdout is: a share of all units that no experiment of an environment is shown to. Pure. */

export interface Holdout {
  /** Also the seed of its buckets. */
  readonly id: string;
  /** Project key. */
  readonly project: string;
  readonly environment: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  /** Path of the attribute by whose value units are told apart. */
  readonly attribute: string;
  /** Of 100 000 buckets, the first so many. */
  readonly weight: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Names a holdout. */
export type HoldoutName = Pick<Holdout, "project" | "environment" | "key">;

/** What people set on a holdout. */
export type HoldoutSettings = Pick<Holdout, "name" | "description" | "attribute" | "weight">;

export function settingsOf({ name, description, attribute, weight }: Holdout): HoldoutSettings {
  return { name, description, attribute, weight };
}
