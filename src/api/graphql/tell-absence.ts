/** The database's absence in the log: a line now and then, however many requests it fails. */
import type { Log } from "../../platform/log.js";

const everyMs = 10_000;

const told = new WeakMap<Log, { readonly at: number; untold: number }>();

/** `requests`: how many failed so since the line before, this one included. */
export function tellAbsence(log: Log, error: unknown): void {
  const now = performance.now();
  const last = told.get(log);
  if (last !== undefined && now - last.at < everyMs) {
    last.untold += 1;
    return;
  }
  told.set(log, { at: now, untold: 0 });
  const requests = (last?.untold ?? 0) + 1;
  log.warn({ err: error, requests }, "Requests fail because the database is away.");
}
