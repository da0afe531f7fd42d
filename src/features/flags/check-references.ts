/** Whether what settings name exists, and whether naming it closes a circle: the half of reading that asks the database. */
import { findCycle } from "../../evaluation/index.js";
import type { Transaction } from "../../platform/database/index.js";
import type { Mistakes } from "../../platform/input.js";
import { type FieldMistake, quote } from "../../platform/problems.js";
import { holdSegments, type Reference } from "../segments/index.js";
import type { Flag, FlagEnvironment } from "./flag.js";
import { listFlagUses, lockFlagUses } from "./flag-environment.store.js";
import { findFlags } from "./flag.store.js";

/** Whose settings name things, and where. */
type User = Pick<FlagEnvironment, "project" | "flag" | "environment">;
type FlagReference = Extract<Reference, { kind: "FLAG" }>;

/** Adds a mistake for each reference that leads nowhere or in a circle. */
export async function checkReferences(
  tx: Transaction,
  user: User,
  references: readonly Reference[],
  mistakes: Mistakes,
): Promise<void> {
  for (const { path, message } of await brokenReferences(tx, user, references)) mistakes.add(path, message);
}

/** What is wrong with the references; a circle is refused with its path: `a → b → a`. */
export async function brokenReferences(
  tx: Transaction,
  user: User,
  references: readonly Reference[],
): Promise<FieldMistake[]> {
  const segments = references.filter((reference) => reference.kind === "SEGMENT");
  const flags = references.filter((reference) => reference.kind === "FLAG");
  if (flags.length > 0) await lockFlagUses(tx, user.project);
  return [
    ...(await brokenSegments(tx, user.project, segments)),
    ...(await brokenFlags(tx, user, flags)),
    ...(await circles(tx, user, flags)),
  ];
}

async function brokenSegments(
  tx: Transaction,
  project: string,
  references: readonly Reference[],
): Promise<FieldMistake[]> {
  if (references.length === 0) return [];
  const found = await holdSegments(tx, project, [...new Set(references.map(({ key }) => key))]);
  const known = new Set(found.map(({ key }) => key));
  return references
    .filter(({ key }) => !known.has(key))
    .map(({ path, key }) => ({ path, message: `must be an existing segment, got ${quote(key)}.` }));
}

async function brokenFlags(
  tx: Transaction,
  user: User,
  references: readonly FlagReference[],
): Promise<FieldMistake[]> {
  const keys = new Set(references.map(({ key }) => key).filter((key) => key !== user.flag));
  if (keys.size === 0) return [];
  const found = await findFlags(tx, user.project, [...keys]);
  const known = new Map(found.map((flag) => [flag.key, flag]));
  return references
    .filter(({ key }) => key !== user.flag)
    .flatMap((reference) => brokenFlag(reference, known.get(reference.key)));
}

function brokenFlag(reference: FlagReference, flag: Flag | undefined): FieldMistake[] {
  const { path, key, variants, variantsPath } = reference;
  if (flag === undefined) return [{ path, message: `must be an existing flag, got ${quote(key)}.` }];
  if (flag.archived) return [{ path, message: `must be a flag in use, but ${quote(key)} is archived.` }];
  const valid = flag.variants.map((variant) => variant.key);
  return variants.flatMap((variant, index) => {
    if (valid.includes(variant)) return [];
    const message = `must be a variant of flag ${quote(key)} (${valid.join(", ")}), got ${quote(variant)}.`;
    return [{ path: `${variantsPath}[${index}]`, message }];
  });
}

async function circles(
  tx: Transaction,
  user: User,
  references: readonly FlagReference[],
): Promise<FieldMistake[]> {
  if (references.length === 0) return [];
  const uses = new Map<string, string[]>();
  for (const { flag, usesFlag } of await listFlagUses(tx, user.project, user.environment)) {
    uses.set(flag, [...(uses.get(flag) ?? []), usesFlag]);
  }
  return references.flatMap(({ path, key }) => {
    const used = (flag: string) => (flag === user.flag ? [key] : (uses.get(flag) ?? []));
    const circle = findCycle([user.flag], used);
    return circle === undefined
      ? []
      : [{ path, message: `must not depend on itself: ${circle.join(" → ")}.` }];
  });
}
