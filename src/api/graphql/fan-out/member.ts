/** One subscriber as the protocol sees it: an iterator that is parked, since what there is to tell goes past it. */
import type { Feed } from "../../../features/delivery/index.js";
import type { Line } from "./line.js";

/** What a subscription told in common is to the fan-out: whose events and cursors are its own matter. */
export type AnyFeed = Feed<unknown, object>;

/** Those of a group who stand at the same cursor. */
export interface Place {
  cursor: unknown;
  readonly members: Set<Member>;
  /** The wave after which there was nothing more to tell there. */
  restsSince: number;
  /** Whether something is being read for them. */
  isAsking: boolean;
}

/** Where the member is served; null before it begins, and after it left. */
interface Home {
  readonly leave: (member: Member) => void;
}

interface Parked {
  readonly resolve: (end: IteratorResult<never, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

export class Member implements AsyncIterableIterator<never, undefined, undefined> {
  home: Home | null = null;
  place: Place | null = null;
  #parked: Parked | undefined;
  #end: Promise<IteratorResult<never, undefined>> | undefined;

  constructor(
    /** Of the operation, as the client chose it. */
    readonly id: string,
    readonly line: Line,
    readonly feed: AnyFeed,
    private readonly begin: (member: Member) => void,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Begins to listen, only now that the protocol knows of the subscription. Resolves when it has ended, rejects when it failed. */
  next(): Promise<IteratorResult<never, undefined>> {
    if (this.#end !== undefined) return this.#end;
    this.#end = new Promise((resolve, reject) => {
      this.#parked = { resolve, reject };
    });
    this.begin(this);
    return this.#end;
  }

  /**
   * The client has ended it, or is gone. `next` stays unsettled, and is forgotten: the protocol would go on to say that the operation is
   * complete, and the client may use its id for another by then.
   */
  async return(): Promise<IteratorResult<never, undefined>> {
    this.#leave();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<never, undefined>> {
    this.#leave();
    throw error;
  }

  /** There will be nothing more to tell: the client is told so. */
  complete(): void {
    this.#leave();
    this.#parked?.resolve({ done: true, value: undefined });
  }

  /** The client is told the error, and that it was the last. */
  fail(error: unknown): void {
    this.#leave();
    this.#parked?.reject(error);
  }

  #leave(): void {
    const { home } = this;
    this.home = null;
    home?.leave(this);
  }
}
