/** Which flags of an environment are meant: by key, by tag, or by both. Pure. */
import type { Resolution } from "../../evaluation/index.js";

export interface Selection {
  /** Absent: all flags. */
  readonly flagKeys?: readonly string[] | null | undefined;
  /** Flags with any of these; absent: whatever their tags. */
  readonly tags?: readonly string[] | null | undefined;
}

/** Flag key → tags. */
export type TagIndex = ReadonlyMap<string, readonly string[]>;

/** The keys to evaluate, in the order of the answers; undefined: all. */
export function selectedKeys({ flagKeys, tags }: Selection, index: TagIndex): readonly string[] | undefined {
  if (flagKeys !== undefined && flagKeys !== null) return flagKeys;
  if (tags === undefined || tags === null) return undefined;
  return [...index.keys()].filter((key) => hasTag(key, tags, index)).sort();
}

/** Whether an answer belongs to the selection: what was asked for by key and does not exist is answered whatever the tags. */
export function isSelected({ flagKeys, tags }: Selection, index: TagIndex, answer: Resolution): boolean {
  if (tags === undefined || tags === null) return true;
  if (answer.errorCode === "FLAG_NOT_FOUND") return flagKeys !== undefined && flagKeys !== null;
  return hasTag(answer.key, tags, index);
}

function hasTag(key: string, tags: readonly string[], index: TagIndex): boolean {
  return index.get(key)?.some((tag) => tags.includes(tag)) ?? false;
}
