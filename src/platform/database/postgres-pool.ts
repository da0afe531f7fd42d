/** A handful of connections, each lent to one borrower at a time. */
import { withDeadline } from "../deadline.js";
import { Connection, type ConnectionOptions } from "./postgres-connection.js";
import { DatabaseUnavailable } from "./unavailable.js";

/** For a connection while all are lent. */
const WAIT_DEADLINE_MS = 5_000;
const CLOSE_DEADLINE_MS = 5_000;

/** Somebody who waits for a connection. */
interface Borrower {
  readonly take: (connection: Connection) => void;
  readonly refuse: (reason: Error) => void;
}

/** Connections are opened when they are needed. One that is lost makes room for a new one. */
export class ConnectionPool {
  readonly #options: ConnectionOptions;
  /** The oldest is lent first, so that those that are too many fall silent. */
  readonly #open = new Set<Connection>();
  readonly #waiting = new Set<Borrower>();
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
      const late = `no connection to PostgreSQL was free within ${WAIT_DEADLINE_MS} ms`;
      const timer = setTimeout(() => borrower.refuse(new DatabaseUnavailable(late)), WAIT_DEADLINE_MS);
      const leave = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(borrower);
      };
      const borrower: Borrower = {
        take: (connection) => {
          leave();
          this.#lend(connection, work).then(resolve, reject);
        },
        refuse: (reason) => {
          leave();
          reject(reason);
        },
      };
      this.#waiting.add(borrower);
    });
  }

  /** The server is away: nobody waits for it, and connections that nobody uses are not trusted any longer. */
  abandon(): void {
    for (const borrower of this.#waiting) borrower.refuse(new DatabaseUnavailable("PostgreSQL is away"));
    for (const connection of this.#open) if (connection.isFree) connection.drop(new Error("it may be dead"));
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
    for (const borrower of this.#waiting) {
      const free = this.#free();
      if (free === undefined) return;
      borrower.take(free);
    }
    if (!this.#isClosed) return;
    for (const connection of this.#open) if (connection.isFree) void connection.end();
    if (this.#open.size === 0) this.#onEmpty();
  }
}
