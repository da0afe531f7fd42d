/** What a run saw, for people. */
import type { FuzzReport } from "./fuzz.js";
import type { Violation } from "./judge.js";

const mebibyte = 1024 * 1024;

/** Counts by kind and outcome, the figures, and whatever was wrong. */
export function told({ counts, violations, worstLagMs, unexplained, memory }: FuzzReport): string {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [early, most, last] = [memory.early, memory.most, memory.last].map((bytes) =>
    Math.round(bytes / mebibyte),
  );
  return [
    ...byDoor(counts),
    "",
    `${total} in all. Event loop busy for at most ${Math.round(worstLagMs)} ms. Memory ${early} MiB early, ${most} at most, ${last} at the end.`,
    ...(unexplained === 0
      ? []
      : [`${unexplained} moments were slow, and nothing sent in them was when it was sent again.`]),
    violations.length === 0 ? "Nothing was wrong." : `${violations.length} were wrong:`,
    ...violations.map(toldOne),
  ].join("\n");
}

/** Operations of the schema are told together: there are too many. */
function byDoor(counts: ReadonlyMap<string, number>): string[] {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) {
    const door = name.replace(/^(query|mutation) \w*/, "$1");
    sums.set(door, (sums.get(door) ?? 0) + count);
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([door, count]) => `${String(count).padStart(8)}  ${door}`);
}

/** With what was sent, so that it can be sent again. */
function toldOne({ what, sent, answer }: Violation): string {
  return [
    "",
    `— ${what}`,
    sent?.title ?? "",
    sent?.shown().slice(0, 20_000) ?? "",
    `answered: ${answer}`,
  ].join("\n");
}
