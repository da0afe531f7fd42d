/** How the rows of the simulations are told: line by line, or as a table for a document. */
import { isKept, type Row } from "./claim.js";

export function told(row: Row): string {
  const { claim, measured, bound, figure, standardError } = row;
  const verdict = isKept(row) ? "kept  " : "BROKEN";
  return `${verdict} ${figure.toFixed(4)} ± ${standardError.toFixed(4)}, ${bound.must} ${bound.value}: ${claim} (${measured})`;
}

/** With columns as wide as their widest cell, as the formatter wants them. */
export function markdownTable(rows: readonly Row[]): string {
  const cells = [
    ["claim", "put to the test by", "bound", "figure", "standard error", "kept"],
    ...rows.map((row) => [
      row.claim,
      row.measured,
      `${row.bound.must} ${row.bound.value}`,
      row.figure.toFixed(4),
      row.standardError.toFixed(4),
      isKept(row) ? "yes" : "**no**",
    ]),
  ];
  const [header = []] = cells;
  const widths = header.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  const rule = widths.map((width) => "-".repeat(width));
  const [first = [], ...rest] = lines;
  return [first, rule, ...rest].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

/** The document with `text` in place of whatever stood under its last heading. */
export function underLastHeading(document: string, text: string): string {
  const headings = [...document.matchAll(/^#+ .*$/gm)];
  const last = headings.at(-1);
  if (last === undefined) throw new Error("The document has no heading.");
  return `${document.slice(0, last.index)}${last[0]}\n\n${text.trim()}\n`;
}
