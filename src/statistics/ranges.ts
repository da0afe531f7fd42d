/** What no count, share or variance can be is refused by name, so that no wrong number comes of it. */

/** Throws a RangeError unless `value` is a finite number of at least `minimum`. */
export function atLeast(name: string, value: number, minimum: number): void {
  if (!(Number.isFinite(value) && value >= minimum)) refuse(name, `a number of at least ${minimum}`, value);
}

/** Throws a RangeError unless `low` < `value` < `high`. */
export function between(name: string, value: number, low: number, high: number): void {
  if (!(value > low && value < high)) refuse(name, `between ${low} and ${high}`, value);
}

/** Throws a RangeError unless `value` is a number from 0 to `total`. */
export function countWithin(name: string, value: number, total: number): void {
  if (!(value >= 0 && value <= total)) refuse(name, `from 0 to ${total}`, value);
}

function refuse(name: string, wanted: string, value: number): never {
  throw new RangeError(`${name} must be ${wanted}, got ${value}.`);
}
