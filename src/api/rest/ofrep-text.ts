/** Answers and failures as OFREP spells them. */
import type { Evaluation } from "../../features/delivery/index.js";
import type { EvaluationErrorCode, EvaluationReason } from "../../evaluation/index.js";
import type { Problem } from "../../platform/problems.js";

const statuses: Record<EvaluationErrorCode, number> = {
  FLAG_NOT_FOUND: 404,
  PARSE_ERROR: 400,
  TYPE_MISMATCH: 400,
  TARGETING_KEY_MISSING: 400,
  INVALID_CONTEXT: 400,
  GENERAL: 400,
  PROVIDER_NOT_READY: 503,
};

/** HTTP status of a single answer. */
export function httpStatusOf({ errorCode }: Evaluation): number {
  return errorCode === undefined ? 200 : statuses[errorCode];
}

/** Reasons that SDKs of other languages do not know travel as DEFAULT, with the true one in the metadata. */
const foreignReasons: ReadonlySet<EvaluationReason> = new Set(["PREREQUISITE_FAILED"]);

/**
 * One answer as JSON text. Text, because JSON.stringify writes the number 1 as `1` alone, and typed SDKs call `1` an integer and `1.0` a float:
 * `isWhole` says which the flag's numbers are.
 */
export function resolutionText(evaluation: Evaluation, isWhole: boolean): string {
  const { key, value, variant, reason, errorCode, errorMessage } = evaluation;
  if (errorCode !== undefined) {
    return JSON.stringify({ key, reason, errorCode, errorDetails: errorMessage ?? "" });
  }
  const isForeign = foreignReasons.has(reason);
  const told = JSON.stringify({
    key,
    reason: isForeign ? "DEFAULT" : reason,
    variant,
    ...(isForeign && { metadata: { reason } }),
  });
  return value === undefined ? told : `${told.slice(0, -1)},"value":${valueText(value, isWhole)}}`;
}

/** Answers as `resolutionText` writes them, and path and query of the event stream for whoever gets them; null: there is none. */
export function bulkText(resolutions: readonly string[], eventsAddress: string | null): string {
  const flags = `"flags":[${resolutions.join(",")}]`;
  if (eventsAddress === null) return `{${flags}}`;
  const endpoint = { requestUri: eventsAddress };
  return `{${flags},"eventStreams":${JSON.stringify([{ type: "sse", endpoint, inactivityDelaySec }])}}`;
}

/** How long a page may be hidden before its stream is closed; seconds. */
const inactivityDelaySec = 120;

function valueText(value: unknown, isWhole: boolean): string {
  const text = JSON.stringify(value);
  return typeof value === "number" && !isWhole && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** A request that was refused as a whole; `key` names the flag of a single evaluation. */
export function failureText(
  key: string | null,
  errorCode: EvaluationErrorCode,
  errorDetails: string,
): string {
  return JSON.stringify({ ...(key !== null && { key }), errorCode, errorDetails });
}

/** A problem in OpenFeature's words; `key` as above. */
export function errorCodeOf(key: string | null, { code, details }: Problem): EvaluationErrorCode {
  if (code === "NOT_FOUND" && key !== null) return "FLAG_NOT_FOUND";
  if (code === "UNAVAILABLE") return "PROVIDER_NOT_READY";
  const isContext = details.fields?.every(({ path }) => path.startsWith("context")) ?? false;
  return code === "BAD_USER_INPUT" && isContext ? "INVALID_CONTEXT" : "GENERAL";
}
