/** A handful of connections, lent to one borrower at a time. */
import { withDeadline } from "../deadline.js";
import { Connection, type ConnectionOptions } from "./postgres-connection.js";

const POOL_SIZE = 10;
/** To wait for a connection while all are lent. */
const WAIT_MS = 5_000;
const CLOSE_DEADLINE_MS = 5_000;

/** Opened when they are needed; ended when they are not, or forgotten when they are lost. */
export class ConnectionPool {
  readonly #options: ConnectionOptions;
  readonly #open = new Set<Connection>();
  /** Last used, first lent, so that the others can fall silent. */
  readonly #idle: Connection[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];
  #isClosed = false;
}
