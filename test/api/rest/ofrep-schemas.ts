/**
 * The answers of OFREP 0.3 as JSON Schemas, as its OpenAPI document describes them, with three differences: members that it does not name are
 * refused; kinds of value are told apart by `anyOf` (under its `oneOf` an integer, which is also a float, would be neither); and a reason may
 * be DEFAULT, which is OpenFeature's.
 */
import { Ajv2020 } from "ajv/dist/2020.js";

const key = { type: "string", minLength: 1 };
const metadata = {
  type: "object",
  additionalProperties: { anyOf: [{ type: "boolean" }, { type: "string" }, { type: "number" }] },
};

const evaluationSuccess = {
  type: "object",
  required: ["key", "reason"],
  additionalProperties: false,
  properties: {
    key,
    reason: { enum: ["STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED", "UNKNOWN"] },
    variant: { type: "string" },
    value: { type: ["boolean", "string", "number", "object"] },
    metadata,
  },
  dependentRequired: { value: ["variant"], variant: ["value"] },
};

function failure(codes: readonly string[]) {
  return {
    type: "object",
    required: ["key", "errorCode", "errorDetails"],
    additionalProperties: false,
    properties: {
      key,
      reason: { const: "ERROR" },
      errorCode: { enum: codes },
      errorDetails: { type: "string", minLength: 1 },
      metadata,
    },
  };
}

const evaluationFailure = failure(["PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL"]);

const bulkFailure = {
  type: "object",
  required: ["errorCode", "errorDetails"],
  additionalProperties: false,
  properties: { errorCode: { type: "string" }, errorDetails: { type: "string", minLength: 1 } },
};

const schemas = {
  "single 200": evaluationSuccess,
  "single 400": evaluationFailure,
  "single 404": failure(["FLAG_NOT_FOUND"]),
  "bulk 200": {
    type: "object",
    required: ["flags"],
    additionalProperties: false,
    properties: { flags: { type: "array", items: { oneOf: [evaluationSuccess, evaluationFailure] } } },
  },
  "bulk 400": bulkFailure,
  "bulk 404": bulkFailure, // the document knows none, since its servers have one place
};

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });

/** What the protocol has against an answer: nothing, or a sentence. */
export function objection(kind: "single" | "bulk", status: number, body: unknown): string | null {
  const name = `${kind} ${status}`;
  const schema = Object.entries(schemas).find(([known]) => known === name)?.[1];
  if (schema === undefined) return `${name} is not an answer of the protocol.`;
  const validate = ajv.compile(schema);
  return validate(body) ? null : ajv.errorsText(validate.errors, { dataVar: name });
}
