/** How deep JSON may nest before handling it is unsafe: what is written recursively, JSON.stringify included, runs out of stack some thousands of levels down. */

const deepestJson = 256; // what people may write nests to 64, and is wrapped in definitions

/** Whether lists and objects nest so deep that the value is better left alone. */
export function isTooDeep(value: unknown, left = deepestJson): boolean {
  if (typeof value !== "object" || value === null) return false;
  return left === 0 || Object.values(value).some((part) => isTooDeep(part, left - 1));
}
