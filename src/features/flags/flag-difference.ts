/** What the ledger keeps of a change of a flag's shared part, what the change means, and how it is taken back: pure. */
import { quote } from "../../platform/problems.js";
import { AuditSubject, canonicalJson, differenceOf } from "../ledger/index.js";
import type { Flag, Variant } from "./flag.js";

/** A variant as the ledger keeps it; `position` counts from 0. */
export type RecordedVariant = Variant & { readonly position: number };

/** One side of a change: the members that it altered and no others. */
export type FlagPart = Partial<Pick<Flag, PlainMember>> & {
  /** The variants that differ, by key; null where there is none on this side. */
  readonly variants?: Readonly<Record<string, RecordedVariant | null>>;
};

/** Both sides of a change. */
export interface FlagDifference {
  readonly before: FlagPart;
  readonly after: FlagPart;
}

const plainMembers = [
  "name",
  "description",
  "kind",
  "tags",
  "ownerId",
  "valueSchema",
  "clientVisible",
  "archived",
] as const;
type PlainMember = (typeof plainMembers)[number];

/** What differs between two states of a flag; null when nothing does. */
export function flagDifference(before: Flag, after: Flag): FlagDifference | null {
  const members = differenceOf(plainPart(before), plainPart(after));
  const keys = [...new Set([...before.variants, ...after.variants].map(({ key }) => key))].filter(
    (key) => !sameJson(variantOf(before, key), variantOf(after, key)),
  );
  if (members === null && keys.length === 0) return null;
  const variantsOf = (flag: Flag): Pick<FlagPart, "variants"> =>
    keys.length === 0 ? {} : { variants: Object.fromEntries(keys.map((key) => [key, recorded(flag, key)])) };
  return {
    before: { ...members?.before, ...variantsOf(before) },
    after: { ...members?.after, ...variantsOf(after) },
  };
}

function plainPart(flag: Flag): Pick<Flag, PlainMember> {
  const { name, description, kind, tags, ownerId, valueSchema, clientVisible, archived } = flag;
  return { name, description, kind, tags, ownerId, valueSchema, clientVisible, archived };
}

/** Whether a change can alter what the flag answers somewhere. A variant that comes or goes is served nowhere, so it alters nothing. */
export function altersAnswers({ before, after }: FlagDifference): boolean {
  if ("valueSchema" in after || "clientVisible" in after || "archived" in after) return true;
  return alteredValues({ before, after }).length > 0;
}

/** Keys of the variants whose value is another. */
export function alteredValues({ before, after }: FlagDifference): string[] {
  return Object.entries(after.variants ?? {}).flatMap(([key, variant]) => {
    const former = before.variants?.[key] ?? null;
    return former !== null && variant !== null && !sameJson(former.value, variant.value) ? [key] : [];
  });
}

/** Keys of the variants that are there no more. */
export function removedVariants({ after }: FlagDifference): string[] {
  return Object.entries(after.variants ?? {}).flatMap(([key, variant]) => (variant === null ? [key] : []));
}

/**
 * The flag with a change taken back: what it altered is as it was, what it did not touch stays. Members that something later altered again
 * are named in `conflicts`, and the flag then means nothing.
 */
export function revertFlag(
  current: Flag,
  { before, after }: FlagDifference,
): { readonly flag: Flag; readonly conflicts: readonly string[] } {
  const conflicts: string[] = plainMembers.filter(
    (name) => name in after && !sameJson(current[name], after[name]),
  );
  const variants = [...current.variants];
  for (const [key, former] of Object.entries(before.variants ?? {})) {
    const index = variants.findIndex((variant) => variant.key === key);
    if (!sameVariant(variants[index], after.variants?.[key])) conflicts.push(`variant ${quote(key)}`);
    if (index >= 0) variants.splice(index, 1);
    if (former === null) continue;
    const { position, ...variant } = former;
    variants.splice(index >= 0 ? index : position, 0, variant);
  }
  const { variants: _variants, ...members } = before;
  return { flag: { ...current, ...members, variants }, conflicts };
}

/** Which flag an entry of the ledger is about. */
export function subjectOf({ project, key }: Pick<Flag, "project" | "key">): {
  readonly project: string;
  readonly subjectType: "FLAG";
  readonly subject: string;
} {
  return { project, subjectType: AuditSubject.FLAG, subject: key };
}

/** A whole flag as the ledger keeps it, where it is created or deleted. */
export function flagRecord(flag: Flag): Readonly<Record<string, unknown>> {
  const { key, type, variants } = flag;
  return { key, type, variants, ...plainPart(flag) };
}

function variantOf(flag: Flag, key: string): Variant | null {
  return flag.variants.find((variant) => variant.key === key) ?? null;
}

function recorded(flag: Flag, key: string): RecordedVariant | null {
  const position = flag.variants.findIndex((variant) => variant.key === key);
  const variant = flag.variants[position];
  return variant === undefined ? null : { ...variant, position };
}

function sameVariant(a: Variant | undefined, b: RecordedVariant | null | undefined): boolean {
  if (a === undefined || b === undefined || b === null) return (a ?? null) === (b ?? null);
  const { position: _position, ...rest } = b;
  return sameJson(a, rest);
}

function sameJson(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
