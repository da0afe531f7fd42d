/** Which flags of an environment are meant: by key, by tag, or by both. Pure. */
import type { Resolution } from "../../evaluation/index.js";
import { list, Mistakes } from "../../platform/input.js";
import type { FlagIndex } from "../snapshots/index.js";

export interface Selection {
  /** Absent: all flags. */
  readonly flagKeys?: readonly string[] | null | undefined;
  /** Flags that carry all of these. */
  readonly tags?: readonly string[] | null | undefined;
}

const mostKeys = 1_000;
const mostTags = 100;

/** What of the arguments says which flags. Throws BAD_USER_INPUT for lists that would take long over a small question. */
export function readSelection({ flagKeys, tags }: Selection): Selection {
  const mistakes = new Mistakes();
  list("flagKeys", flagKeys ?? [], mistakes, { max: mostKeys });
  list("tags", tags ?? [], mistakes, { max: mostTags });
  mistakes.throwIfAny();
  return { flagKeys, tags };
}

/** The keys to evaluate, in the order of the answers; undefined: all. */
export function selectedKeys({ flagKeys, tags }: Selection, index: FlagIndex): readonly string[] | undefined {
  if (flagKeys !== undefined && flagKeys !== null) return flagKeys;
  if (tags === undefined || tags === null) return undefined;
  return [...index.keys()].filter((key) => carries(key, tags, index)).sort();
}

/** Whether an answer belongs to the selection: what was asked for by key and does not exist is answered whatever the tags. */
export function isSelected({ flagKeys, tags }: Selection, index: FlagIndex, answer: Resolution): boolean {
  if (tags === undefined || tags === null) return true;
  if (answer.errorCode === "FLAG_NOT_FOUND") return flagKeys !== undefined && flagKeys !== null;
  return carries(answer.key, tags, index);
}

function carries(key: string, tags: readonly string[], index: FlagIndex): boolean {
  const own = index.get(key)?.tags;
  return own !== undefined && tags.every((tag) => own.includes(tag));
}
