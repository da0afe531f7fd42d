/** What a browser's request itself says of whoever sent it: the attributes `request.*`, which only the server may set for CLIENT keys. */
import bowser from "bowser";
import type { CheckedContext } from "./context-input.js";

/** What an entrance knows of the other end of the connection. */
export interface RequestFacts {
  readonly ip: string | null;
  /** ISO 3166-1 alpha-2, from a trusted proxy. */
  readonly country: string | null;
  readonly userAgent: string | null;
  readonly acceptLanguage: string | null;
}

/** `request.ip` and the like; what is not known is left out. */
export type RequestAttributes = Readonly<Record<`request.${string}`, string>>;

const longestUserAgent = 512;
const devices: ReadonlySet<string> = new Set(["desktop", "mobile", "tablet", "bot"]);
const bots = /bot\b|crawler|spider|headless/i;

/** Derives `request.ip`, `country`, `device` (desktop, mobile, tablet or bot), `os`, `browser` and `locale` (BCP 47). */
export function requestAttributes(facts: RequestFacts): RequestAttributes {
  const derived = {
    ip: facts.ip,
    country: facts.country,
    ...agentAttributes(facts.userAgent),
    locale: preferredLocale(facts.acceptLanguage),
  };
  const known: Record<`request.${string}`, string> = {};
  for (const [name, value] of Object.entries(derived)) {
    if (value !== null && value !== undefined && value !== "") known[`request.${name}`] = value;
  }
  return known;
}

/** The context with `request.*` as derived: whatever was sent under that name, dotted or nested, does not count. */
export function withRequestAttributes(context: CheckedContext, derived: RequestAttributes): CheckedContext {
  const attributes = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(context.attributes)) {
    if (name !== "request" && !name.startsWith("request.")) attributes[name] = value;
  }
  return { ...context, attributes: Object.assign(attributes, derived) };
}

function agentAttributes(userAgent: string | null): Record<"device" | "os" | "browser", string | undefined> {
  if (userAgent === null || userAgent === "") return { device: undefined, os: undefined, browser: undefined };
  const text = userAgent.slice(0, longestUserAgent);
  const { platform, os, browser } = bowser.parse(text);
  const device = bots.test(text) ? "bot" : platform.type;
  return {
    device: device !== undefined && devices.has(device) ? device : undefined,
    os: os.name,
    browser: browser.name,
  };
}

/** The language that is wanted most: of those with the highest weight the first. */
function preferredLocale(acceptLanguage: string | null): string | null {
  let best: { tag: string; weight: number } | undefined;
  for (const range of (acceptLanguage ?? "").split(",", 20)) {
    const [tag = "", ...parameters] = range.split(";").map((part) => part.trim());
    const weight = Number(parameters.find((part) => part.startsWith("q="))?.slice(2) ?? 1);
    if (tag !== "" && tag !== "*" && weight > (best?.weight ?? 0)) best = { tag, weight };
  }
  if (best === undefined) return null;
  try {
    return Intl.getCanonicalLocales(best.tag)[0] ?? null;
  } catch {
    return null; // not a language tag
  }
}
