/** What a condition names, and where in an input each name stands: pure. */
import type { Condition } from "../../evaluation/index.js";

/** One place that names a segment, or a flag with the variants that it accepts. */
export type Reference =
  | { readonly kind: "SEGMENT"; readonly path: string; readonly key: string }
  | {
      readonly kind: "FLAG";
      /** Where the key stands. */
      readonly path: string;
      readonly key: string;
      /** Where its variants stand. */
      readonly variantsPath: string;
      readonly variants: readonly string[];
    };

/** Everything that a condition at `path` names, in the order in which it does. */
export function conditionReferences(path: string, condition: Condition): Reference[] {
  if ("all" in condition) return groupReferences(`${path}.all`, condition.all);
  if ("any" in condition) return groupReferences(`${path}.any`, condition.any);
  if ("not" in condition) return conditionReferences(`${path}.not`, condition.not);
  if ("segment" in condition) {
    return [{ kind: "SEGMENT", path: `${path}.segment`, key: condition.segment }];
  }
  if ("flag" in condition) {
    const { flag: key, variants } = condition;
    return [{ kind: "FLAG", path: `${path}.flag`, key, variantsPath: `${path}.variants`, variants }];
  }
  return [];
}

/** Whether a condition names the segment itself, however deep; what the segments in it name does not count. null names nothing. */
export function namesSegment(condition: Condition | null, segment: string): boolean {
  if (condition === null) return false;
  return conditionReferences("", condition).some(({ kind, key }) => kind === "SEGMENT" && key === segment);
}

/** Keys of the variants of the flag that a condition asks for, however deep; null: it does not name the flag. */
export function variantsAsked(condition: Condition | null, flag: string): string[] | null {
  if (condition === null) return null;
  const found = conditionReferences("", condition).filter(({ kind, key }) => kind === "FLAG" && key === flag);
  return found.length === 0
    ? null
    : found.flatMap((reference) => ("variants" in reference ? reference.variants : []));
}

function groupReferences(path: string, conditions: readonly Condition[]): Reference[] {
  return conditions.flatMap((condition, index) => conditionReferences(`${path}[${index}]`, condition));
}
