/** One logger, made at the roof and handed down, that never writes a secret. */
import { pino, type Bindings, type DestinationStream, type LogFn, type Logger } from "pino";
import { build as buildPretty } from "pino-pretty";
import type { Config } from "./config.js";
import { secretName } from "./secret-name.js";

export type Log = Logger;

const REDACTED = "[redacted]";
const DEEPEST = 6;
/** Credentials by their looks, wherever they stand; what stands for `$1` may stay. None of it reaches beyond a JSON string. */
const secretLooks: readonly RegExp[] = [
  /\b(hal_[a-z]+_)[\w.-]{32,}/gi, // API keys
  /\b(eyJ)[\w-]{8,}\.[\w-]*\.?[\w-]*/g, // access tokens
  /\b((?:bearer|basic) +)[\w.~+/=-]{8,}/gi,
  /\b([a-z][a-z\d+.-]{0,20}:\/\/)[^\s/@"\\]{1,500}(?=@)/gi, // user and password of an address
  /([?&]token=)[^\s"&\\]+/gi, // addresses of event streams
  /\b(otpauth:\/\/)[^\s"\\]+/gi,
];

/**
 * Writes to standard output unless told otherwise.
 * Whatever is logged under a name that means a secret (`authorization`, `refreshToken`, …) is replaced, at any depth, and so is
 * what looks like a credential in any text. The values of a failed statement are left out.
 */
export function openLog(
  config: Pick<Config, "logLevel" | "logFormat">,
  destination: DestinationStream = pino.destination(1),
): Log {
  const format = config.logFormat ?? (process.stdout.isTTY ? "pretty" : "json");
  const options = {
    level: config.logLevel,
    base: null,
    serializers: { err: describeError },
    formatters: { log: redactRecord },
    hooks: { logMethod: nameError },
  };
  const stream =
    format === "json"
      ? destination
      : buildPretty({ destination, translateTime: "SYS:HH:MM:ss.l", singleLine: true, sync: true });
  const masked = { write: (line: string) => void stream.write(mask(line)) };
  return withRedactedChildren(pino(options, masked));
}

function mask(line: string): string {
  return secretLooks.reduce((text, looks) => text.replace(looks, `$1${REDACTED}`), line);
}

/** pino asks its formatters about the fields of a line, but not about those that a child adds to all of its lines. */
function withRedactedChildren(log: Log): Log {
  const makeChild: unknown = Reflect.get(log, "child");
  if (typeof makeChild !== "function") throw new TypeError("a log without children");
  return Object.defineProperty(log, "child", {
    value(this: Log, fields: Bindings, ...options: unknown[]): unknown {
      return Reflect.apply(makeChild, this, [redactRecord(fields), ...options]);
    },
  });
}

/** An error logged without words of its own would lend its whole message to the line. */
function nameError(this: Log, values: Parameters<LogFn>, method: LogFn): void {
  const [fields, message] = values as [unknown, unknown];
  const error = typeof fields === "object" && fields !== null && "err" in fields ? fields.err : fields;
  if (message === undefined && error instanceof Error) {
    method.call(this, fields === error ? { err: error } : fields, messageOf(error));
  } else {
    method.apply(this, values);
  }
}

function redactRecord(record: Record<string, unknown>): Record<string, unknown> {
  return redactEntries(record, 0);
}

function redactEntries(record: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      secretName.test(name) ? REDACTED : redact(value, depth + 1),
    ]),
  );
}

/** Class instances (errors, dates, requests) are left to their serializers. */
function redact(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEEPEST) return "[too deep]";
  if (Array.isArray(value)) return value.map((entry) => redact(entry, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? redactEntries(value, depth) : value;
}

function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const message = messageOf(error);
  const frames = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  return {
    type: error.name,
    message,
    ...("code" in error ? { code: error.code } : {}),
    stack: [`${error.name}: ${message}`, ...frames].join("\n"),
    ...(error.cause !== undefined && depth < DEEPEST ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

/** A failed statement's message repeats the values it was run with: they are cut off. */
function messageOf(error: Error): string {
  return error.message.split("\nparams:", 1)[0] ?? "";
}
