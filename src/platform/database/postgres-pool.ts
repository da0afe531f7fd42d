/** A handful of connections, each lent to one borrower at a time. */
import { withDeadline } from "../deadline.js";
import { Connection, type ConnectionOptions } from "./postgres-connection.js";
import { DatabaseUnavailable } from "./unavailable.js";

/** For a connection while all are lent. */
const WAIT_DEADLINE_MS = 5_000;
const CLOSE_DEADLINE_MS = 5_000;

type Borrow = (connection: Connection) => void;

/** Connections are opened when they are needed. One that is lost makes room for a new one. */
export class ConnectionPool {
  readonly #options: ConnectionOptions;
  /** The oldest is lent first, so that those that are too many fall silent. */
  readonly #open = new Set<Connection>();
  readonly #waiting = new Set<Borrow>();
  #isClosed = false;
  #onEmpty: () => void = () => {};

  /** At most `size` connections at a time. */
  constructor(
    options: ConnectionOptions,
    private readonly size: number,
  ) {
    this.#options = options;
  }

  /** Lends a connection to `work`, or rejects where none is free in time. */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new DatabaseUnavailable("the database is closed");
    const free = this.#free();
    if (free !== undefined) return await this.#lend(free, work);
    return await new Promise<T>((resolve, reject) => {
      const borrow: Borrow = (connection) => {
        clearTimeout(timer);
        this.#lend(connection, work).then(resolve, reject);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(borrow);
        reject(new DatabaseUnavailable(`no connection to PostgreSQL was free within ${WAIT_DEADLINE_MS} ms`));
      }, WAIT_DEADLINE_MS);
      this.#waiting.add(borrow);
    });
  }

  /** Lets what is under way finish, for a while. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const emptied = new Promise<void>((resolve) => (this.#onEmpty = resolve));
    this.#serve();
    const late = (): Error => new Error("connections are still in use");
    await withDeadline(emptied, CLOSE_DEADLINE_MS, late).catch(() => {});
    for (const connection of this.#open) connection.drop(new Error("the database is closed"));
  }

  async #lend<T>(connection: Connection, work: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await connection.use(work);
    } finally {
      this.#serve();
    }
  }

  #free(): Connection | undefined {
    for (const connection of this.#open) if (connection.isFree) return connection;
    if (this.#open.size === this.size) return undefined;
    const onLost = (): void => {
      this.#open.delete(connection);
      this.#serve();
    };
    const connection = new Connection({ ...this.#options, onLost });
    this.#open.add(connection);
    return connection;
  }

  #serve(): void {
    for (const borrow of this.#waiting) {
      const free = this.#free();
      if (free === undefined) return;
      this.#waiting.delete(borrow);
      borrow(free);
    }
    if (!this.#isClosed) return;
    for (const connection of this.#open) if (connection.isFree) void connection.end();
    if (this.#open.size === 0) this.#onEmpty();
  }
}
