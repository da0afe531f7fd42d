/** A reading transaction that a dead connection cannot hold up: it is begun again on another one while the first stays silent. */
import { type Database, DatabaseUnavailable, type Transaction } from "../../platform/database/index.js";

const patienceMs = 1_500; // for the first answer, connecting included
const mostTries = 2;
const snapshotRead = { isolationLevel: "repeatable read", accessMode: "read only" } as const;

/** What is asked first, cheap enough to be asked twice, and what is done with the answer in the same transaction. */
export interface SnapshotRead<Answer, Result> {
  readonly ask: (tx: Transaction) => Promise<Answer>;
  readonly goOn: (tx: Transaction, answer: Answer) => Promise<Result>;
}

/**
 * The result of whichever transaction was answered first; each sees one state of the database. Rejects when all failed, or none was answered
 * within 3 s. Once one was answered it may take its time: a silent connection is then the driver's to drop.
 */
export async function firstAnswer<Answer, Result>(
  database: Database,
  read: SnapshotRead<Answer, Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let answered = false;
    let begun = 0;
    let failed = 0;
    let patience: NodeJS.Timeout | undefined;
    const fail = (error: Error): void => {
      answered = true; // nobody waits for the others any more
      clearTimeout(patience);
      reject(error);
    };
    const attempt = async (): Promise<void> => {
      let isFirst = false;
      try {
        const result = await database.transaction(async (tx) => {
          const answer = answered ? undefined : await read.ask(tx);
          if (answered || answer === undefined) throw new Superseded();
          answered = isFirst = true;
          clearTimeout(patience);
          return read.goOn(tx, answer);
        }, snapshotRead);
        resolve(result);
      } catch (error) {
        failed += 1;
        const isLast = !answered && failed === begun;
        if (isFirst || isLast) fail(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const begin = (): void => {
      begun += 1;
      patience = setTimeout(() => (begun < mostTries ? begin() : fail(silence())), patienceMs);
      void attempt();
    };
    begin();
  });
}

/** Another transaction was answered first; undoes this one. */
class Superseded extends Error {}

function silence(): Error {
  return new DatabaseUnavailable(`the database did not answer within ${mostTries * patienceMs} ms`);
}
