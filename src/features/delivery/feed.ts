/** What one subscription tells, worked out from where a listener stands: whoever stands at the same place is told the same. */

/** Ends a feed for good. */
export const ended = Symbol("ended");

/** Where a listener gets to. */
export interface Step<Cursor, Event> {
  /** Where it stands then; a value that is never changed and that many may share. */
  readonly cursor: Cursor;
  /** What it is told on the way; undefined: nothing, and nothing more before the next wake-up. */
  readonly event: Event | undefined;
}

export type Stepped<Cursor, Event> = Step<Cursor, Event> | typeof ended;

/** The working part of a feed; see `feedOf`. Nothing is held for a listener but its cursor, so that a slow one costs no memory and gets one update for many. */
export interface FeedSource<Cursor, Event> {
  /** Where a new listener stands. Cursors that are equal by `===` are worth one step. */
  readonly start: Cursor;
  /** Feeds of callers with the same rights and with the same topic tell the same from the same cursor. It may change when the definitions do. */
  topic(): string;
  /** Calls `wake` whenever there may be something new, until the returned function is called. */
  listen(wake: () => void): () => void;
  /** What there is to tell from there on. Rejects or throws what fails, such as the reading of old changes. */
  step(cursor: Cursor): Stepped<Cursor, Event> | Promise<Stepped<Cursor, Event>>;
  /** Lets go of what was kept for others who might come with the same question. */
  forget(): void;
}

/** One subscription, for a door that serves many together; or, as an iterable, for one listener alone. */
export interface Feed<Cursor, Event>
  extends FeedSource<Cursor, Event>, AsyncIterable<Event, undefined, undefined> {
  [Symbol.asyncIterator](): AsyncIterableIterator<Event, undefined, undefined>;
}
