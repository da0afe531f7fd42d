/** What is counted of answers, and within which bounds. */

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** How long the counts of an hour are kept. */
export const keepDays = 400;

/** Keys that are no flags: at most so many an API key, in memory and stored, so that whoever has one cannot crowd out what others ask for. */
export const mostUnknownFlags = 1_000;
/**
 * Clients and their versions: at most so many an API key, in memory and stored. Anybody can make up as many as they like, so that what is new is not
 * turned away: half of those that stay asked most often, and half asked last.
 */
export const mostClients = 200;
/** Longest key that a flag can have: what is longer is cut there. */
export const longestKey = 128;

/** How often something came, and when last, epoch milliseconds. */
export interface Tallied {
  count: number;
  lastAt: number;
}

/** The same, and when first. */
export interface Span extends Tallied {
  readonly firstAt: number;
}

/** Answers of one flag within an hour that were alike. */
export interface EvaluationCount extends Readonly<Tallied> {
  readonly project: string;
  readonly environment: string;
  readonly flag: string;
  /** Its beginning, epoch milliseconds. */
  readonly hour: number;
  /** Empty: none, since there was no value. */
  readonly variant: string;
  readonly reason: string;
}

/** A key that is no flag, and one API key that asked for it. */
export interface UnknownFlagCount extends Readonly<Span> {
  readonly project: string;
  readonly environment: string;
  readonly flag: string;
  readonly apiKeyId: string;
}

/** What asked with an API key, by its own word. */
export interface ClientCount extends Readonly<Span> {
  readonly apiKeyId: string;
  readonly client: string;
  /** Empty: it says none. */
  readonly version: string;
}

/** What was counted and cannot be any more: each list in the one order in which all instances write it, as often as it is asked for. */
export interface Counts {
  readonly evaluations: () => Iterable<EvaluationCount>;
  readonly unknownFlags: () => Iterable<UnknownFlagCount>;
  readonly clients: () => Iterable<ClientCount>;
}

/** What may be left uncounted, because there is too much of it. */
export type Countable = "evaluations" | "unknown_flags" | "clients";
export type Dropped = Readonly<Record<Countable, number>>;
