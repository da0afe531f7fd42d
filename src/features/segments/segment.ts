/** What a segment is: a named set of contexts that rules and other segments refer to. */
import type { Condition } from "../../evaluation/index.js";

export const SegmentList = { INCLUDED: "INCLUDED", EXCLUDED: "EXCLUDED" } as const;
/** Which of a segment's two member lists. */
export type SegmentList = (typeof SegmentList)[keyof typeof SegmentList];

/** A segment without its member lists, which may hold a million targeting keys each. */
export interface Segment {
  readonly id: string;
  /** Project key. */
  readonly project: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  /** Whoever is on neither list belongs to the segment when this holds; null: nobody else. */
  readonly when: Condition | null;
  /** Rises with every change, of the members too. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Names a segment. */
export type SegmentName = Pick<Segment, "project" | "key">;

/** What people set on a segment, its members aside. */
export type SegmentSettings = Pick<Segment, "name" | "description" | "when">;

export interface Members {
  readonly included: readonly string[];
  readonly excluded: readonly string[];
}

export function settingsOf({ name, description, when }: Segment): SegmentSettings {
  return { name, description, when };
}

/** Characters of a targeting key. */
export const maxMemberLength = 512;
/** Members that one call may name in each list; larger lists are built by several calls. */
export const maxMembersPerCall = 5_000;
