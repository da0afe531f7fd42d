/** How far an answer is from the expected one, in parts of the expected one. */
export function relativeError(got: number, expected: number): number {
  if (Object.is(got, expected) || got === expected) return 0;
  return Math.abs((got - expected) / expected);
}
