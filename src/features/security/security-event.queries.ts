/** Reading the security log: by filter, newest first. */
import type { Database } from "../../platform/database/index.js";
import {
  makePage,
  type Page,
  type PageArguments,
  placeAfter,
  readPage,
} from "../../platform/graphql/page.js";
import { dateTime, list, Mistakes, text } from "../../platform/input.js";
import { type Caller, permit } from "../permissions/index.js";
import type { SecurityEvent, SecurityEventKind } from "./security-event.js";
import {
  countSecurityEvents,
  listSecurityEvents,
  type SecurityEventCriteria,
} from "./security-event.store.js";
import type { SecurityLog } from "./security-log.js";

/** What to look for in the security log; absent and null members and empty lists ask for nothing, several must all hold. */
export interface SecurityEventFilter {
  readonly kinds?: readonly SecurityEventKind[] | null | undefined;
  readonly subject?: string | null | undefined;
  readonly actorId?: string | null | undefined;
  readonly ip?: string | null | undefined;
  /** RFC 3339; inclusive. */
  readonly since?: unknown;
  /** RFC 3339; exclusive. */
  readonly until?: unknown;
}

export interface SecurityEventTools {
  readonly database: Database;
  readonly security: Pick<SecurityLog, "flush">;
}

const listName = "securityEvents";
const maxKinds = 100;
const maxTextLength = 512;

/** What this instance has just recorded is among them. Needs ADMIN of the whole server. Throws FORBIDDEN and BAD_USER_INPUT. */
export async function securityEvents(
  { database, security }: SecurityEventTools,
  caller: Caller,
  filter: SecurityEventFilter,
  args: PageArguments,
): Promise<Page<SecurityEvent>> {
  permit(caller, "security:read");
  const criteria = readFilter(filter);
  const request = readPage(listName, 1, args);
  const before = placeAfter(request);
  await security.flush();
  const rows = await listSecurityEvents(database, criteria, before, request.limit + 1);
  return makePage(
    listName,
    request,
    rows,
    ({ seq }) => [seq],
    (event) => event,
    async () => countSecurityEvents(database, criteria),
  );
}

function readFilter({ kinds, ...filter }: SecurityEventFilter): SecurityEventCriteria {
  const mistakes = new Mistakes();
  const word = (name: "subject" | "actorId" | "ip"): string | undefined => {
    const value = filter[name] ?? undefined;
    return value === undefined ? undefined : text(`filter.${name}`, value, mistakes, { max: maxTextLength });
  };
  const moment = (name: "since" | "until"): Date | undefined => {
    const value = filter[name] ?? undefined;
    return value === undefined ? undefined : new Date(dateTime(`filter.${name}`, value, mistakes));
  };
  const wanted = list("filter.kinds", kinds ?? [], mistakes, { max: maxKinds });
  const criteria = {
    kinds: wanted.length === 0 ? undefined : wanted,
    subject: word("subject"),
    actorId: word("actorId"),
    ip: word("ip"),
    since: moment("since"),
    until: moment("until"),
  };
  mistakes.throwIfAny();
  return criteria;
}
