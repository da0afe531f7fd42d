/** Who uses what, in words: pure. */
import { conflict, quote } from "../../platform/problems.js";

/** A flag that names something in an environment. */
interface User {
  readonly flag: string;
  readonly environment: string;
}

/** `by flag "banner" in production and staging and by flag "theme" in staging`. */
export function describeUsers(users: readonly User[]): string {
  const places = new Map<string, string[]>();
  for (const { flag, environment } of users) {
    places.set(flag, [...(places.get(flag) ?? []), environment]);
  }
  return joined(
    [...places].map(([flag, environments]) => `by flag ${quote(flag)} in ${joined(environments)}`),
  );
}

/** Throws CONFLICT with the list of users, if there are any. */
export function refuseUsed(flag: string, users: readonly User[]): void {
  if (users.length > 0) throw conflict(`Flag ${quote(flag)} is used ${describeUsers(users)}.`);
}

/** `a`, `a and b`, `a, b and c`. */
export function joined(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
