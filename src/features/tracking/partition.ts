/** The days that events are kept by: each has a part of the table of its own, so that what is too old is dropped and not deleted. Pure. */

const dayMs = 86_400_000;
const daysBefore = 8; // events may be a week old
const daysAfter = 2;
const daysKept = 90;

/** UTC: `2026-01-31`. */
export function dayAt(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}

/** The days that there must be at a moment, epoch milliseconds. */
export function daysWanted(now: number): readonly string[] {
  const offsets = Array.from({ length: daysBefore + daysAfter + 1 }, (_none, index) => index - daysBefore);
  return offsets.map((offset) => dayAt(now + offset * dayMs));
}

/** Days before this one are forgotten. */
export function firstDayKept(now: number): string {
  return dayAt(now - daysKept * dayMs);
}

/** The earliest day that an event which is accepted now can be of. */
export function firstDayOpen(now: number): string {
  return dayAt(now - daysBefore * dayMs);
}

export function dayAfter(day: string): string {
  return dayAt(Date.parse(day) + dayMs);
}

const prefix = "metric_events_";

export function partitionOf(day: string): string {
  return prefix + day.replaceAll("-", "");
}

/** null: no partition of the events is called so. */
export function dayOfPartition(name: string): string | null {
  const [, year, month, day] = /^metric_events_(\d{4})(\d{2})(\d{2})$/.exec(name) ?? [];
  return year === undefined || month === undefined || day === undefined ? null : `${year}-${month}-${day}`;
}
