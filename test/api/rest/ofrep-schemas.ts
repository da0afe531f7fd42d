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

/** `url` or `endpoint`, and never both. */
const eventStream = {
  type: "object",
  required: ["type"],
  additionalProperties: false,
  properties: {
    type: { type: "string" },
    url: { type: "string", format: "uri" },
    endpoint: {
      type: "object",
      required: ["requestUri"],
      additionalProperties: false,
      properties: {
        origin: { type: "string", format: "uri" },
        requestUri: { type: "string", pattern: "^/" },
      },
    },
    inactivityDelaySec: { type: "integer", minimum: 1 },
  },
  oneOf: [{ required: ["url"] }, { required: ["endpoint"] }],
};

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
    properties: {
      flags: { type: "array", items: { oneOf: [evaluationSuccess, evaluationFailure] } },
      eventStreams: { type: "array", items: eventStream },
    },
  },
  "bulk 400": bulkFailure,
  "bulk 404": bulkFailure, // the document knows none, since its servers have one place
};

const event = {
  type: "object",
  required: ["data"],
  additionalProperties: false,
  properties: {
    data: { type: "string" },
    event: { const: "message" },
    id: { type: "string" },
    retry: { type: "integer", minimum: 0 },
  },
};

const eventData = {
  type: "object",
  required: ["type"],
  additionalProperties: false,
  properties: {
    type: { type: "string" },
    etag: { type: "string", minLength: 1 },
    lastModified: { type: "integer", minimum: 0 },
  },
};

const uri = { uri: (text: string) => URL.canParse(text) };
const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  allErrors: true,
  formats: uri,
});

/** What the protocol has against an answer: nothing, or a sentence. */
export function objection(kind: "single" | "bulk", status: number, body: unknown): string | null {
  const name = `${kind} ${status}`;
  const schema = Object.entries(schemas).find(([known]) => known === name)?.[1];
  if (schema === undefined) return `${name} is not an answer of the protocol.`;
  const validate = ajv.compile(schema);
  return validate(body) ? null : ajv.errorsText(validate.errors, { dataVar: name });
}

/** What the protocol has against an event and its data: nothing, or a sentence. */
export function eventObjection(sent: { readonly data: string }): string | null {
  for (const [name, schema, subject] of [
    ["event", event, sent],
    ["data", eventData, JSON.parse(sent.data)],
  ] as const) {
    const validate = ajv.compile(schema);
    if (!validate(subject)) return ajv.errorsText(validate.errors, { dataVar: name });
  }
  return null;
}
