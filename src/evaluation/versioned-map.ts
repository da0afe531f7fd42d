/** An immutable map of which a changed version costs no more than the change, and whose newest version reads as fast as a plain Map. */

/**
 * All versions of a lineage share one Map, which holds the newest; an older version knows what differs (Baker's rerooting). Reading an old
 * version is a little slower, and changing one copies it.
 */
export class VersionedMap<Value> {
  readonly size: number;
  /** Present in the newest version only. */
  #newest: Map<string, Value> | undefined;
  /** In an older version: the values of this version where they differ from `#next`; undefined where it has none. */
  #undo: Map<string, Value | undefined> = new Map();
  #next: VersionedMap<Value> | undefined;

  private constructor(entries: Map<string, Value>) {
    this.#newest = entries;
    this.size = entries.size;
  }

  static empty<Value>(): VersionedMap<Value> {
    return new VersionedMap(new Map<string, Value>());
  }

  get(key: string): Value | undefined {
    return this.#newest === undefined ? this.#past(key) : this.#newest.get(key);
  }

  /** A version with these entries set, or taken out where the value is undefined. */
  with(changes: ReadonlyMap<string, Value | undefined>): VersionedMap<Value> {
    if (changes.size === 0) return this;
    const entries = this.#newest ?? new Map(this.entries());
    const undo = new Map<string, Value | undefined>();
    for (const [key, value] of changes) {
      undo.set(key, entries.get(key));
      if (value === undefined) entries.delete(key);
      else entries.set(key, value);
    }
    const changed = new VersionedMap(entries);
    if (this.#newest !== undefined) {
      this.#newest = undefined;
      this.#undo = undo;
      this.#next = changed;
    }
    return changed;
  }

  /** In no particular order. Use it before this map is changed. */
  *entries(): Generator<[string, Value]> {
    const undo = this.#undo;
    for (const [key, value] of this.#root()) if (!this.#undo.has(key)) yield [key, value];
    for (const [key, value] of undo) if (value !== undefined) yield [key, value];
  }

  /**
   * The keys whose values do not have the same identity in the two; between versions of one lineage it costs no more than the changes.
   */
  static differences<Value>(
    a: VersionedMap<Value>,
    b: VersionedMap<Value>,
    identity: (value: Value) => unknown,
  ): Set<string> {
    const identityIn = (map: VersionedMap<Value>, key: string): unknown => {
      const value = map.get(key);
      return value === undefined ? undefined : identity(value);
    };
    const related = a.#root() === b.#root();
    const candidates = related ? [a.#undo.keys(), b.#undo.keys()] : [a.#keys(), b.#keys()];
    const differing = new Set<string>();
    for (const keys of candidates) {
      for (const key of keys) if (identityIn(a, key) !== identityIn(b, key)) differing.add(key);
    }
    return differing;
  }

  *#keys(): Generator<string> {
    for (const [key] of this.entries()) yield key;
  }

  #past(key: string): Value | undefined {
    const root = this.#root();
    return this.#undo.has(key) ? this.#undo.get(key) : root.get(key);
  }

  /** The Map of the newest version, after gathering in `#undo` all that lies between. */
  #root(): Map<string, Value> {
    let next = this.#next;
    while (next !== undefined && next.#newest === undefined) {
      for (const [key, value] of next.#undo) {
        if (!this.#undo.has(key)) this.#undo.set(key, value);
      }
      next = next.#next;
    }
    this.#next = next;
    const newest = next === undefined ? this.#newest : next.#newest;
    return newest ?? new Map<string, Value>();
  }
}
