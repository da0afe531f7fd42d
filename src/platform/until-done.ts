/** Work that does not succeed yet is tried again and again, until it does or nobody wants it any longer. */

export interface Trying {
  /** True once it succeeded; false: stopped before that. */
  readonly done: Promise<boolean>;
  readonly stop: () => void;
}

export interface TryingOptions {
  /** Between the end of one attempt and the next, in milliseconds. */
  readonly everyMs: number;
  /** Told of failures whose message is another than that of the one before. */
  readonly failed: (error: unknown) => void;
}

/** The first attempt is made at once. */
export function untilDone(work: () => Promise<void>, { everyMs, failed }: TryingOptions): Trying {
  const stopped = new AbortController();
  let wake = (): void => undefined;
  let complaint: string | undefined;

  async function attempt(): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const message = String(error);
      if (!stopped.signal.aborted && message !== complaint) failed(error);
      complaint = message;
      return false;
    }
  }

  async function pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, everyMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<boolean> {
    while (!stopped.signal.aborted) {
      if (await attempt()) return true;
      if (!stopped.signal.aborted) await pause();
    }
    return false;
  }

  return {
    done: run(),
    stop: () => {
      stopped.abort();
      wake();
    },
  };
}
