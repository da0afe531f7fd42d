/** What Drizzle takes for the driver: each statement and each transaction goes to a connection of the house's own. */
import postgres, { type Sql } from "postgres";
import type { Answer, Connection } from "./postgres-connection.js";
import { isUnavailable, OutcomeUnknown } from "./unavailable.js";

/** Whoever lends connections: the pool, or one connection by itself. */
export type Use = <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;

type Run = Connection["run"];
type Statement = Promise<Answer> & { readonly values: () => Promise<Answer> };

/** What Drizzle uses of the driver inside a transaction. */
interface Client {
  readonly unsafe: (text: string, parameters?: readonly unknown[]) => Statement;
  readonly savepoint: <T>(work: (client: Client) => Promise<T>) => Promise<T>;
}

interface Scope {
  readonly open: string;
  readonly close: (run: Run) => Promise<Answer>;
  readonly undo: string;
  readonly notUndone: (reason: unknown) => void;
}

/**
 * The driver with its ways to the network replaced. A transaction whose client fell silent is ended by PostgreSQL after
 * `abandonedMs`, because it may hold locks that others wait for.
 */
export function guard(driver: Sql, use: Use, abandonedMs: number): Sql {
  const begin = async <T>(work: (client: Client) => Promise<T>): Promise<T> =>
    await use(async (connection) => {
      const run: Run = async (...statement) => await connection.run(...statement);
      return await within(run, transactionOn(connection, abandonedMs), work);
    });
  const unsafe = statements(
    async (...statement) => await use(async (connection) => await connection.run(...statement)),
  );
  return Object.assign(driver, { unsafe, begin });
}

function transactionOn(connection: Connection, abandonedMs: number): Scope {
  return {
    open: `begin; set local idle_in_transaction_session_timeout = ${abandonedMs}`,
    close: async (run) => await commit(connection, run),
    undo: "rollback",
    notUndone: (cause) => connection.drop(new Error("a transaction could not be rolled back", { cause })),
  };
}

/** Once it was asked for, silence is no answer: only PostgreSQL itself can say that nothing was kept. */
async function commit(connection: Connection, run: Run): Promise<Answer> {
  const canBeAsked = !connection.isLost;
  try {
    return await run("commit");
  } catch (error) {
    const isRefused = error instanceof postgres.PostgresError && !isUnavailable(error);
    if (isRefused || !canBeAsked) throw error;
    throw new OutcomeUnknown("PostgreSQL did not say whether it committed", { cause: error });
  }
}

const savepoint: Scope = {
  open: "savepoint nested",
  close: async (run) => await run("release savepoint nested"),
  undo: "rollback to savepoint nested; release savepoint nested",
  notUndone: () => {}, // then the transaction around it cannot be committed either
};

/** What was asked for inside runs before the scope is closed; what is asked for later is refused. */
async function within<T>(run: Run, scope: Scope, work: (client: Client) => Promise<T>): Promise<T> {
  let isOver = false;
  const inside: Run = async (...statement) => {
    if (isOver) throw new Error("the transaction is over");
    return await run(...statement);
  };
  try {
    await run(scope.open);
    const result = await work({
      unsafe: statements(inside),
      savepoint: async (inner) => await within(inside, savepoint, inner),
    });
    isOver = true;
    const { command } = await scope.close(run);
    // PostgreSQL answers so, and reports no error, when an earlier failure was caught and passed over.
    if (command === "ROLLBACK")
      throw new Error("the transaction was rolled back, because a statement in it had failed");
    return result;
  } catch (error) {
    isOver = true;
    await run(scope.undo).catch(scope.notUndone);
    throw error;
  }
}

/** The driver's `unsafe`: `values()`, which must follow at once, asks for lists instead of objects. */
function statements(run: Run): Client["unsafe"] {
  return (text, parameters = []) => {
    let asLists = false;
    const answer = Promise.resolve().then(async () => await run(text, parameters, asLists));
    const values = async (): Promise<Answer> => {
      asLists = true;
      return await answer;
    };
    return Object.assign(answer, { values });
  };
}
