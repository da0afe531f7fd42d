/** A condition as a sentence that people read: "country is DE or FR, and plan is not free". */
import { type Clause, type Condition, type ConditionOperator, readInstant } from "../../evaluation/index.js";
import { writeCondition } from "./condition-input.js";

/** What stands between attribute and values. */
const words: Readonly<Record<ConditionOperator, string>> = {
  EQUALS: "is",
  NOT_EQUALS: "is not",
  IN: "is",
  NOT_IN: "is not",
  CONTAINS: "contains",
  NOT_CONTAINS: "does not contain",
  STARTS_WITH: "starts with",
  NOT_STARTS_WITH: "does not start with",
  ENDS_WITH: "ends with",
  NOT_ENDS_WITH: "does not end with",
  MATCHES: "matches",
  NOT_MATCHES: "does not match",
  GT: "is greater than",
  GTE: "is at least",
  LT: "is less than",
  LTE: "is at most",
  BEFORE: "is before",
  AFTER: "is after",
  SEMVER_EQ: "is version",
  SEMVER_GT: "is newer than version",
  SEMVER_GTE: "is at least version",
  SEMVER_LT: "is older than version",
  SEMVER_LTE: "is at most version",
  IN_CIDR: "is in network",
  NOT_IN_CIDR: "is not in network",
  EXISTS: "exists",
  NOT_EXISTS: "does not exist",
};

const clock = "request.time";
const maxShownValues = 5;
const maxShownLength = 60;

/** The sentence, without a capital and without a full stop. */
export function summarizeCondition(condition: Condition): string {
  if ("all" in condition) return joinParts(condition.all, "and", "everyone");
  if ("any" in condition) return joinParts(condition.any, "or", "nobody");
  if ("not" in condition) return `not (${summarizeCondition(condition.not)})`;
  if ("segment" in condition) return `in segment ${condition.segment}`;
  if ("flag" in condition) {
    return `flag ${condition.flag} serves ${showValues(condition.variants.map(bare))}`;
  }
  if ("bucket" in condition) return summarizeBucket(condition);
  return summarizeClause(condition);
}

/** A share of the buckets: "in 0–25 % by targetingKey". */
function summarizeShare(from: number, to: number, by: readonly string[] | null): string {
  return `in ${from}–${to} % by ${(by ?? ["targetingKey"]).join(" or ")}`;
}

/** "2026-12-01 09:00 UTC", with seconds only where there are any. */
export function summarizeMoment(moment: string | number): string {
  const instant = readInstant(moment);
  if (instant === undefined || Math.abs(instant) > 8.64e15) return String(moment);
  const text = new Date(instant).toISOString().replace(/(?::00)?(?:\.000)?Z$/, "");
  return `${text.replace("T", " ")} UTC`;
}

/** A group within a group is put in brackets. */
function joinParts(parts: readonly Condition[], conjunction: "and" | "or", empty: string): string {
  const [only] = parts;
  if (only === undefined) return empty;
  if (parts.length === 1) return summarizeCondition(only);
  const sentences = parts.map((part) =>
    isGroup(part) ? `(${summarizeCondition(part)})` : summarizeCondition(part),
  );
  return sentences.join(`, ${conjunction} `);
}

/** Whether the sentence of this condition has a conjunction of its own at the top. */
function isGroup(condition: Condition): boolean {
  const parts = "all" in condition ? condition.all : "any" in condition ? condition.any : [];
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? isGroup(only) : parts.length > 1;
}

function summarizeBucket(condition: Extract<Condition, { readonly bucket: object }>): string {
  const { bucket } = writeCondition(condition);
  if (bucket === undefined || bucket === null) return "";
  return summarizeShare(bucket.fromPercent, bucket.toPercent, bucket.bucketBy ?? null);
}

function summarizeClause({ attribute, operator, values = [], ignoreCase = false }: Clause): string {
  const isTime = operator === "BEFORE" || operator === "AFTER";
  const shown = values.map((value) => (isTime ? showMoment(value) : showValue(value)));
  const phrase = [words[operator], showValues(shown)];
  if (attribute === clock && isTime) return [operator.toLowerCase(), phrase[1]].join(" ");
  if (ignoreCase && values.length > 0) phrase.push("in any case");
  return [attribute, ...phrase].filter((part) => part !== "").join(" ");
}

/** "DE", "DE or FR", "DE, FR, IT, ES, PT or 12 more". */
function showValues(shown: readonly string[]): string {
  const hidden = shown.length - maxShownValues;
  const items = hidden > 1 ? [...shown.slice(0, maxShownValues), `${hidden} more`] : shown;
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}

function showMoment(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? summarizeMoment(value) : showValue(value);
}

function showValue(value: unknown): string {
  if (typeof value === "string") return bare(value);
  return shorten(JSON.stringify(value) ?? "nothing");
}

/** Text stands without quotation marks where nothing could be misread: not for spaces, and not for what looks like another type. */
function bare(text: string): string {
  const plain = /^[\p{L}\p{N}@._:/+*-]+$/u.test(text);
  const ambiguous = /^(?:true|false|null)$/.test(text) || (text !== "" && Number.isFinite(Number(text)));
  return plain && !ambiguous ? shorten(text) : `“${shorten(text)}”`;
}

function shorten(text: string): string {
  const characters = Array.from(text.slice(0, 2 * maxShownLength));
  return text.length <= maxShownLength ? text : `${characters.slice(0, maxShownLength - 1).join("")}…`;
}
