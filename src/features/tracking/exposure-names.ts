/** Names that tell one exposure from another, short, so that they are looked up as fast as people are: what many have in common is a number in them. */
import type { Participation } from "../../evaluation/index.js";

export class ExposureNames {
  /** Of an epoch's variants, for as long as the process lives. */
  readonly #numbers = new Map<string, number>();
  /** By what all answers of a rule share, then by variant. */
  readonly #prefixes = new WeakMap<Participation, Map<string, string>>();

  /** The same person in the same variant of the same epoch has the same name, whenever. `value` as bucketing spells it. */
  of(experiment: Participation, variant: string, value: string): string {
    const prefixes = this.#prefixesOf(experiment);
    let prefix = prefixes.get(variant);
    if (prefix === undefined) {
      prefix = `${this.#numberOf(`${experiment.id} ${experiment.epoch} ${variant}`)}\0`;
      prefixes.set(variant, prefix);
    }
    return prefix + value;
  }

  #prefixesOf(experiment: Participation): Map<string, string> {
    let prefixes = this.#prefixes.get(experiment);
    if (prefixes === undefined) {
      prefixes = new Map();
      this.#prefixes.set(experiment, prefixes);
    }
    return prefixes;
  }

  #numberOf(group: string): number {
    const number = this.#numbers.get(group) ?? this.#numbers.size;
    this.#numbers.set(group, number);
    return number;
  }
}
