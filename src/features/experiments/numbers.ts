/** Numbers as people read them, in plans and in results. Pure. */

/** To three digits where it is no whole number: `1,234`, `0.0312`. */
export function inNumbers(value: number): string {
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(3));
  return rounded.toLocaleString("en-US", { maximumSignificantDigits: 21 });
}

export function plural(count: number, noun: string): string {
  return `${inNumbers(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Of a share, to three digits: `3.12 %`. */
export function inPercent(share: number): string {
  return `${inNumbers(Number((share * 100).toPrecision(3)))} %`;
}
