/** Whether a request may become a WebSocket, decided before it does. What it may then ask for is decided operation by operation. */
import type { IncomingMessage } from "node:http";
import { randomUUID } from "node:crypto";
import type { SecurityLog } from "../features/security/index.js";
import { forbidden } from "../platform/problems.js";
import { clientOf, type TrustedProxies } from "./client.js";
import { unfitHead } from "./http/request-head.js";
import type { IpAllowlist } from "./ip-allowlist.js";
import type { Refusal } from "./http/raw-answer.js";
import { recordRefusal } from "./refusals.js";

export interface UpgradeTools {
  readonly security: SecurityLog;
  readonly trusted: TrustedProxies;
  readonly allowlist: IpAllowlist;
  readonly allowedOrigins: readonly string[];
}

/** null: it may. */
export type AdmitUpgrade = (request: IncomingMessage) => Refusal | null;

export function createUpgradeDoor(tools: UpgradeTools): AdmitUpgrade {
  return (request) => {
    const unfit = unfitHead(request);
    if (unfit !== null) return { status: unfit.statusCode, code: "BAD_REQUEST", message: unfit.message };
    const problem = tools.allowlist.undeclaredProxy(request) ?? foreignPage(tools, request);
    if (problem === null) return null;
    const { ip, userAgent } = clientOf(request, tools.trusted);
    const identity = { kind: "ANONYMOUS", reason: "MISSING" } as const;
    recordRefusal(tools.security, { identity, requestId: randomUUID(), ip, userAgent }, "upgrade", problem);
    return { status: 403, code: problem.code, message: problem.message };
  };
}

/** Browsers send cookies along with the upgrade, whichever page asks for it. */
function foreignPage({ allowedOrigins, trusted }: UpgradeTools, request: IncomingMessage) {
  const { origin, cookie } = request.headers;
  if (origin === undefined || cookie === undefined) return null;
  if (allowedOrigins.includes(origin) || isOwn(origin, request, trusted)) return null;
  return forbidden("Pages of other origins may not connect with cookies, unless ALLOWED_ORIGINS names them.");
}

/** The scheme is left out: it may end at a proxy. */
function isOwn(origin: string, request: IncomingMessage, trusted: TrustedProxies): boolean {
  if (!URL.canParse(origin)) return false;
  const forwarded = request.headers["x-forwarded-host"];
  const believed = trusted(request.socket.remoteAddress ?? "") && typeof forwarded === "string";
  return new URL(origin).host === (believed ? forwarded : request.headers.host)?.toLowerCase();
}
