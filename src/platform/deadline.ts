/** Nothing that waits for the network waits for ever. */

/**
 * Settles as `work` does, or rejects with `late()` after `milliseconds`.
 * The work itself goes on: only the waiting ends.
 */
export async function withDeadline<T>(work: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
