/** Numbers, dates and lists as sentences have them. */
import { inNumbers } from "../numbers.js";

/** To two digits, or to whole per cents: `0.35 %`, `4.2 %`, `12 %`, `1,250 %`. */
export function inPercent(share: number): string {
  const percent = share * 100;
  const rounded = Math.abs(percent) < 10 ? Number(percent.toPrecision(2)) : Math.round(percent);
  return `${inNumbers(rounded + 0).replace("-", "−")} %`;
}

/** A value of a metric, which is shown divided by 10^decimals. */
export function inUnits(
  value: number,
  { decimals, unit }: { readonly decimals: number; readonly unit: string | null },
): string {
  const shown = inNumbers(Number((value / 10 ** decimals).toPrecision(3)) + 0).replace("-", "−");
  return unit === null ? shown : `${shown} ${unit}`;
}

/** `3 December`, with its year where that is another than this one. UTC. */
export function onDay(day: Date, now: Date): string {
  const text = `${day.getUTCDate()} ${monthOf(day)}`;
  return day.getUTCFullYear() === now.getUTCFullYear() ? text : `${text} ${day.getUTCFullYear()}`;
}

function monthOf(day: Date): string {
  return day.toLocaleString("en-GB", { month: "long", timeZone: "UTC" });
}

/** A variant, by its key. */
export function named(variant: string): string {
  return `\`${variant}\``;
}

/** `a`, `a and b`, `a, b and c`. */
export function inList(texts: readonly string[]): string {
  const last = texts.at(-1) ?? "";
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} and ${last}`;
}

export function toProbability(pValue: number): string {
  return pValue < 1e-4 ? "p below 0.0001" : `p = ${Number(pValue.toPrecision(2))}`;
}
