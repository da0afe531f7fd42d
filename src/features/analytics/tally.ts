/** Counts answers in memory while they are given: nothing here waits, hashes or writes. */
import type { Resolution } from "../../evaluation/index.js";
import type { AnsweredQuestion } from "../delivery/index.js";
import { storable } from "../../platform/input.js";
import { clientOf } from "./client-agent.js";
import {
  type ClientCount,
  type Countable,
  type Counts,
  type Dropped,
  type EvaluationCount,
  hourMs,
  longestKey,
  mostClients,
  mostUnknownFlags,
  type Span,
  type Tallied,
  type UnknownFlagCount,
} from "./counts.js";

/** Variant → reason → how often. */
type Answers = Map<string, Map<string, Tallied>>;
/** Hour → flag → answers. */
type Hours = Map<number, Map<string, Answers>>;

interface PlaceTally {
  readonly hours: Hours;
  /** By API key, each with the keys that it asks for. */
  readonly unknown: Map<string, Spans>;
}

/** How often in all, by reason. */
export type ReasonTotals = ReadonlyMap<string, number>;

/** Cells that one tally may hold: as many as an hour of 10 000 flags with three variants in three environments. */
const mostCells = 100_000;

/** Bounded: what is new beyond the bounds is dropped, but for clients, of which the rarest gives way; how much that was is told. */
export class Tally {
  #places = new Map<string, Map<string, PlaceTally>>();
  #clients = new Map<string, Spans>();
  #cells = 0;
  #reasons = new Map<string, Tallied>();
  readonly #dropped: Record<Countable, number> = { evaluations: 0, unknown_flags: 0, clients: 0 };

  constructor(private readonly most: number = mostCells) {}

  count({ place, caller, now }: AnsweredQuestion, answers: readonly Resolution[]): void {
    const { identity, userAgent } = caller;
    const keyId = identity.kind === "API_KEY" ? identity.id : undefined;
    if (answers.length === 0 && keyId === undefined) return;
    const here = within(within(this.#places, place.project, newMap), place.environment, newPlace);
    const flags = within(here.hours, now - (now % hourMs), newMap);
    for (const answer of answers) {
      this.#countReason(answer.reason, now);
      if (answer.errorCode !== "FLAG_NOT_FOUND") this.#countAnswer(flags, answer, now);
      else if (
        keyId !== undefined &&
        !within(here.unknown, keyId, newUnknown).add(cut(answer.key), "", now)
      ) {
        this.#dropped.unknown_flags += 1;
      }
    }
    if (keyId === undefined) return;
    const client = clientOf(userAgent);
    const clients = within(this.#clients, keyId, newClients);
    if (clients.add(client.name, client.version, now)) return;
    this.#dropped.clients += clients.forgetRarest();
    clients.add(client.name, client.version, now);
  }

  /** Everything counted so far, and begins anew; null: nothing was. */
  take(): Counts | null {
    const [places, clients] = [this.#places, this.#clients];
    if (places.size === 0) return null;
    this.#places = new Map();
    this.#clients = new Map();
    this.#cells = 0;
    return {
      evaluations: () => evaluationsOf(places),
      unknownFlags: () => unknownFlagsOf(places),
      clients: () => clientsOf(clients),
    };
  }

  /** All answers since it was last asked, those included that were dropped. */
  takeReasons(): ReasonTotals {
    const totals = new Map([...this.#reasons].map(([reason, { count }]) => [reason, count]));
    this.#reasons = new Map();
    return totals;
  }

  /** What was not counted since it was last asked. */
  takeDropped(): Dropped {
    const dropped = { ...this.#dropped };
    Object.assign(this.#dropped, { evaluations: 0, unknown_flags: 0, clients: 0 });
    return dropped;
  }

  #countReason(reason: string, now: number): void {
    const total = this.#reasons.get(reason);
    if (total === undefined) this.#reasons.set(reason, { count: 1, lastAt: now });
    else total.count += 1;
  }

  #countAnswer(flags: Map<string, Answers>, { key, variant = "", reason }: Resolution, now: number): void {
    const cell = flags.get(key)?.get(variant)?.get(reason);
    if (cell !== undefined) {
      cell.count += 1;
      cell.lastAt = now;
    } else if (this.#cells < this.most) {
      this.#cells += 1;
      within(within(flags, key, newMap), variant, newMap).set(reason, { count: 1, lastAt: now });
    } else this.#dropped.evaluations += 1;
  }
}

/** How often, by two names; at most so many pairs. */
class Spans {
  readonly #found = new Map<string, Map<string, Span>>();
  #size = 0;

  constructor(private readonly most: number) {}

  /** False: there is no room for another pair. */
  add(one: string, other: string, now: number): boolean {
    const span = this.#find(one, other);
    if (span === undefined) return this.#begin(copyOf(one), copyOf(other), now);
    span.count += 1;
    span.lastAt = now;
    return true;
  }

  #find(one: string, other: string): Span | undefined {
    return this.#found.get(one)?.get(other);
  }

  /** Names that cannot be kept as they are may be the same once they can. */
  #begin(one: string, other: string, now: number): boolean {
    if (this.#find(one, other) !== undefined) return this.add(one, other, now);
    if (this.#size === this.most) return false;
    this.#size += 1;
    within(this.#found, one, newMap).set(other, { count: 1, firstAt: now, lastAt: now });
    return true;
  }

  /** Makes room for a pair: the one goes that came least often, and of those the one that did not come for the longest. Gives how often it came. */
  forgetRarest(): number {
    let rarest: { readonly one: string; readonly other: string; readonly span: Span } | undefined;
    for (const [one, others] of this.#found) {
      for (const [other, span] of others) {
        if (rarest === undefined || isRarer(span, rarest.span)) rarest = { one, other, span };
      }
    }
    if (rarest === undefined) return 0;
    const others = this.#found.get(rarest.one);
    others?.delete(rarest.other);
    if (others?.size === 0) this.#found.delete(rarest.one);
    this.#size -= 1;
    return rarest.span.count;
  }

  *inOrder(): Generator<readonly [one: string, other: string, span: Span]> {
    for (const [one, others] of inOrder(this.#found)) {
      for (const [other, span] of inOrder(others)) yield [one, other, span];
    }
  }
}

function isRarer(a: Span, b: Span): boolean {
  return a.count === b.count ? a.lastAt < b.lastAt : a.count < b.count;
}

function within<K, V>(map: Map<K, V>, key: K, make: () => NoInfer<V>): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

const newMap = <K, V>(): Map<K, V> => new Map();
const newPlace = (): PlaceTally => ({ hours: new Map(), unknown: new Map() });
const newUnknown = (): Spans => new Spans(mostUnknownFlags);
const newClients = (): Spans => new Spans(mostClients);

function cut(key: string): string {
  return key.length > longestKey ? key.slice(0, longestKey) : key;
}

/** As PostgreSQL can keep it, and by itself: a part of a string keeps the whole of it in memory. */
function copyOf(text: string): string {
  return Buffer.from(storable(text, longestKey)).toString();
}

function inOrder<K extends string | number, V>(map: ReadonlyMap<K, V>): readonly (readonly [K, V])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function* placesOf(places: Map<string, Map<string, PlaceTally>>) {
  for (const [project, environments] of inOrder(places)) {
    for (const [environment, here] of inOrder(environments)) yield { project, environment, here };
  }
}

function* evaluationsOf(places: Map<string, Map<string, PlaceTally>>): Generator<EvaluationCount> {
  for (const { project, environment, here } of placesOf(places)) {
    for (const { flag, hour, answers } of answersOf(here.hours)) {
      for (const cell of cellsOf(answers)) yield { project, environment, flag, hour, ...cell };
    }
  }
}

function* answersOf(hours: Hours) {
  for (const [hour, flags] of inOrder(hours)) {
    for (const [flag, answers] of inOrder(flags)) yield { flag, hour, answers };
  }
}

function* cellsOf(answers: Answers) {
  for (const [variant, reasons] of inOrder(answers)) {
    for (const [reason, tallied] of inOrder(reasons)) yield { variant, reason, ...tallied };
  }
}

function* unknownFlagsOf(places: Map<string, Map<string, PlaceTally>>): Generator<UnknownFlagCount> {
  for (const { project, environment, here } of placesOf(places)) {
    for (const [apiKeyId, spans] of inOrder(here.unknown)) {
      for (const [flag, , span] of spans.inOrder()) yield { project, environment, flag, apiKeyId, ...span };
    }
  }
}

function* clientsOf(clients: ReadonlyMap<string, Spans>): Generator<ClientCount> {
  for (const [apiKeyId, spans] of inOrder(clients)) {
    for (const [client, version, span] of spans.inOrder()) yield { apiKeyId, client, version, ...span };
  }
}
