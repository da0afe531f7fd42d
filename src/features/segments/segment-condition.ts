/** Conditions of segments: what they may name, and that they name each other without going in a circle. */
import { type Condition, findCycle } from "../../evaluation/index.js";
import type { Transaction } from "../../platform/database/index.js";
import type { Mistakes } from "../../platform/input.js";
import { badInput, type FieldMistake, quote } from "../../platform/problems.js";
import { lockProject } from "../projects/index.js";
import { readCondition, type WrittenCondition } from "./condition-input.js";
import { conditionReferences } from "./condition-references.js";
import type { SegmentName } from "./segment.js";
import { holdSegments, readUses, replaceUses } from "./segment.store.js";

/** Reads the condition of a segment; null stays null. Segments belong to all environments, so they cannot ask what a flag serves in one. */
export function readWhen(
  path: string,
  input: WrittenCondition | null | undefined,
  mistakes: Mistakes,
): Condition | null {
  if (input === null || input === undefined) return null;
  const when = readCondition(path, input, mistakes);
  for (const reference of conditionReferences(path, when)) {
    if (reference.kind === "FLAG") {
      mistakes.add(reference.path, "is for the rules of flags: a segment cannot depend on a flag.");
    }
  }
  return when;
}

/** The segments that a condition names, each once. */
export function namedSegments(when: Condition | null): string[] {
  const references = when === null ? [] : conditionReferences("", when);
  return [...new Set(references.map(({ key }) => key))];
}

/**
 * Must be called before a segment is locked whose condition is about to become `when`: two segments that begin to name each other at the
 * same time take turns, so that the second sees the circle.
 */
export async function takeTurn(tx: Transaction, project: string, when: Condition | null): Promise<void> {
  if (namedSegments(when).length > 0) await lockProject(tx, project);
}

/** What is wrong with the names in a segment's condition: no such segment, or a circle, with its path `a → b → a`. */
export async function brokenReferences(
  tx: Transaction,
  { project, key: own }: SegmentName,
  when: Condition | null,
): Promise<FieldMistake[]> {
  const references = when === null ? [] : conditionReferences("input.when", when);
  if (references.length === 0) return [];
  const known = new Set([own]);
  for (const { key } of await holdSegments(tx, project, namedSegments(when))) known.add(key);
  const uses = new Map<string, string[]>();
  for (const { segment, usesSegment } of await readUses(tx, project)) {
    uses.set(segment, [...(uses.get(segment) ?? []), usesSegment]);
  }
  return references.flatMap(({ path, key }) => {
    if (!known.has(key)) return [{ path, message: `must be an existing segment, got ${quote(key)}.` }];
    const circle = findCycle([own], (segment) => (segment === own ? [key] : (uses.get(segment) ?? [])));
    if (circle === undefined) return [];
    return [{ path, message: `must not lead back to the segment: ${circle.join(" → ")}.` }];
  });
}

/** Writes down what the saved segment names. Throws BAD_USER_INPUT when that cannot be. */
export async function saveReferences(
  tx: Transaction,
  name: SegmentName,
  when: Condition | null,
): Promise<void> {
  const broken = await brokenReferences(tx, name, when);
  if (broken.length > 0) throw badInput(broken);
  await replaceUses(tx, name, namedSegments(when));
}
