/** What a layer is: experiments that share its buckets out, so that nobody is in two of them. Pure. */
import { conflict, quote } from "../../../platform/problems.js";

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

/** Throws CONFLICT naming the experiments, where there are any. */
export function refuseUsedBy(
  { key }: Pick<Layer, "key">,
  experiments: readonly { readonly key: string }[],
  consequence: string,
): void {
  if (experiments.length === 0) return;
  const users = experiments.map((experiment) => quote(experiment.key)).join(", ");
  throw conflict(`Layer ${quote(key)} has the experiments ${users}: ${consequence}.`);
}
