/** Looks after open sockets: closes those whose credential no longer lets anybody in, whose reader is too slow, or whose other end is gone. */
import type { WebSocket } from "ws";
import type { Change } from "../../features/ledger/index.js";
import { type Caller, isUndecided } from "../../features/permissions/index.js";
import { unauthenticated } from "../../platform/problems.js";
import type { ServerTools } from "./context.js";
import type { Line } from "./fan-out/line.js";

export type WatchTools = Pick<ServerTools, "recognise" | "metrics"> & {
  readonly delivery: { readonly reader: Pick<ServerTools["delivery"]["reader"], "onAdvance"> };
};

/** One socket under watch. */
interface Watched {
  readonly line: Line;
  /** Who opened it; null before that is known, and where it was nobody. */
  caller: Caller | null;
  /** Whether it answered the last ping. */
  answered: boolean;
  /** Whether far too much was waiting to be read at the last round. */
  lagging: boolean;
  /** Rounds in a row for which the reader did not keep up. */
  behindFor: number;
  /** What had left for the network at the last round, bytes. */
  sent: number;
  /** Rounds since it began to close. */
  closingFor: number;
}

export const mostBufferedBytes = 1024 * 1024; // 1 MiB
const roundEveryMs = 3_000;
const roundsPerPing = 4; // every 12 seconds
const roundsToClose = 2; // for the other end to answer
const lookedAtPerTurn = 500; // so that operations need not wait until thousands were looked at

const tryAgainLater = 1013;
const forbidden = 4403;

export class SocketWatch {
  readonly #sockets = new Map<WebSocket, Watched>();
  readonly #timer: NodeJS.Timeout;
  readonly #unlisten: () => void;
  readonly #countSlow: () => void;
  readonly #roundsBehind: number;
  #rounds = 0;

  /** `slowAfterMs`: how long a reader may be behind. */
  constructor(
    private readonly tools: WatchTools,
    slowAfterMs: number,
  ) {
    this.#roundsBehind = Math.ceil(slowAfterMs / roundEveryMs);
    const help = "WebSockets closed because their readers did not keep up";
    this.#countSlow = tools.metrics.counter("halyard_slow_consumers_closed_total", help);
    this.#timer = setInterval(() => this.#round(), roundEveryMs);
    this.#unlisten = tools.delivery.reader.onAdvance((changes) => {
      if (changes === null || changes.some(changesRights))
        this.#each((socket, one) => this.#checkRights(socket, one));
    });
  }

  add(line: Line): void {
    const { socket } = line;
    const idle = { answered: true, lagging: false, behindFor: 0, sent: 0, closingFor: 0 };
    const watched: Watched = { line, caller: null, ...idle };
    this.#sockets.set(socket, watched);
    socket.on("pong", () => {
      watched.answered = true;
    });
    socket.on("close", () => this.#sockets.delete(socket));
  }

  /** From now on the socket stays open only as long as the caller would be let in again. */
  hold(socket: WebSocket, caller: Caller): void {
    const watched = this.#sockets.get(socket);
    if (watched === undefined) return;
    // An error would end its subscriptions for good: whoever comes again may find an instance that knows them.
    if (isUndecided(caller)) return closeSocket(socket, tryAgainLater, unauthenticated("UNVERIFIED").message);
    watched.caller = caller.identity.kind === "ANONYMOUS" ? null : caller;
    if (watched.caller !== null) this.#checkRights(socket, watched); // it may have been revoked meanwhile
  }

  /** The sockets stay open. */
  close(): void {
    clearInterval(this.#timer);
    this.#unlisten();
  }

  #round(): void {
    this.#rounds += 1;
    const pings = this.#rounds % roundsPerPing === 0;
    this.#each((socket, one) => {
      this.#checkRights(socket, one);
      this.#checkReader(socket, one);
      if (pings) ping(socket, one);
      finishClosing(socket, one);
    });
  }

  #each(look: (socket: WebSocket, one: Watched) => void): void {
    inTurns([...this.#sockets], look);
  }

  #checkRights(socket: WebSocket, { caller }: Watched): void {
    if (caller === null || socket.readyState !== socket.OPEN) return;
    const { identity } = this.tools.recognise(caller);
    if (identity.kind !== "ANONYMOUS" || identity.reason === "UNVERIFIED") return; // cut off, it can be told later
    closeSocket(socket, forbidden, unauthenticated(identity.reason).message);
  }

  /** Large answers may wait for a moment; who lets them wait from one round to the next does not read. Less may wait longer, but not for ever. */
  #checkReader(socket: WebSocket, one: Watched): void {
    const { line, lagging } = one;
    one.lagging = socket.bufferedAmount > mostBufferedBytes;
    const sent = line.sentBytes;
    const isStuck = line.unsentBytes > 0 && sent === one.sent;
    one.sent = sent;
    one.behindFor = line.isBehind || isStuck ? one.behindFor + 1 : 0;
    const isSlow = (lagging && one.lagging) || one.behindFor >= this.#roundsBehind;
    if (!isSlow || socket.readyState !== socket.OPEN) return;
    this.#countSlow();
    closeSocket(socket, tryAgainLater, "Answers are not being read; connect again.");
  }
}

/** Also where reading from the socket was paused: the other end's answer must be heard. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.resume();
  socket.close(code, reason);
}

/** Users, keys, settings; and what goes with a project or environment. */
function changesRights({ subjectType }: Change): boolean {
  return subjectType !== "FLAG" && subjectType !== "SEGMENT";
}

/** While something is unsent, an answer could not come: then it is watched whether that gets on. */
function ping(socket: WebSocket, one: Watched): void {
  if (socket.readyState !== socket.OPEN || one.line.unsentBytes > 0) return;
  if (!one.answered) {
    socket.terminate();
    return;
  }
  one.answered = false;
  socket.ping();
}

/** Some never answer a close. */
function finishClosing(socket: WebSocket, one: Watched): void {
  if (socket.readyState !== socket.CLOSING) return;
  one.closingFor += 1;
  if (one.closingFor > roundsToClose) socket.terminate();
}

function inTurns<T extends readonly unknown[]>(all: readonly T[], look: (...one: T) => void): void {
  for (const one of all.slice(0, lookedAtPerTurn)) look(...one);
  if (all.length > lookedAtPerTurn) setImmediate(() => inTurns(all.slice(lookedAtPerTurn), look));
}
