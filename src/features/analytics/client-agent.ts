/** What asks with an API key, as its User-Agent says it. */

export interface Client {
  readonly name: string;
  /** Empty: it says none. */
  readonly version: string;
}

const longest = 64;
const browser: Client = { name: "browser", version: "" };
const unknown: Client = { name: "unknown", version: "" };

/**
 * The first product of a User-Agent: `my-shop/1.4 (linux)` is my-shop 1.4. The clients of OFREP say what fetches for them (`node`,
 * `Go-http-client/1.1`, `python-requests/2.32`), or nothing. All browsers begin alike, and their versions say nothing of who asks.
 */
export function clientOf(userAgent: string | null | undefined): Client {
  if (userAgent === null || userAgent === undefined || userAgent === "") return unknown;
  if (userAgent.startsWith("Mozilla/")) return browser;
  const end = userAgent.indexOf(" ");
  const product = end === -1 ? userAgent : userAgent.slice(0, end);
  const slash = product.indexOf("/");
  if (slash === -1) return product === "" ? unknown : { name: product.slice(0, longest), version: "" };
  const name = product.slice(0, Math.min(slash, longest));
  return name === "" ? unknown : { name, version: product.slice(slash + 1, slash + 1 + longest) };
}
