/** What a layer is: experiments that share its buckets out, so that nobody is in two of them. Pure. */

export interface Layer {
  /** Also the seed of its buckets. */
  readonly id: string;
  /** Project key. */
  readonly project: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  /** Path of the attribute by whose value units are told apart; that of its experiments. */
  readonly attribute: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Names a layer. */
export type LayerName = Pick<Layer, "project" | "key">;

/** What people set on a layer. */
export type LayerSettings = Pick<Layer, "name" | "description" | "attribute">;

export function settingsOf({ name, description, attribute }: Layer): LayerSettings {
  return { name, description, attribute };
}
