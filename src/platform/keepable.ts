/** State that can be put away and taken up again, so that an instance can begin while the database is away. */

export interface Keepable {
  /** The state at the moment of the call, as values for JSON, none of them large; worked out as the caller goes through them. */
  keep(): Iterable<unknown>;
  /** Reads what `keep` gave; the returned function makes it current, at once and without failing. Throws for what it cannot read. */
  restore(values: readonly unknown[]): () => void;
}
