/** Subscribers who are told the same from the same cursor: each event is executed and made into text once, however many there are. */
import { ended } from "../../../features/delivery/index.js";
import type { AnyFeed, Member, Place } from "./member.js";
import { cost, type Pace } from "./pace.js";

/** What a group is given. */
export interface GroupTools {
  /** Executes the operation for an event, and gives the end of the message. */
  readonly tailOf: (event: object) => Promise<Buffer>;
  readonly pace: Pace;
  readonly countFrames: (frames: number) => void;
  /** What the group keeps for those who come just after each other may be let go of before long. */
  readonly kept: (group: Group) => void;
  /** The definitions look at something else by now: the members may belong to different groups. */
  readonly turned: (group: Group) => void;
  /** The last has left. */
  readonly emptied: (group: Group) => void;
}

type Stepped = Awaited<ReturnType<AnyFeed["step"]>>;

/** A place from where there is something to tell. */
interface Due {
  readonly place: Place;
  readonly step: Stepped;
}

export class Group {
  /** Cursor → those who stand there. */
  readonly #places = new Map<unknown, Place>();
  /** Event → the end of its message, for a moment. */
  readonly #tails = new Map<object, Buffer>();
  readonly #topic: string;
  readonly #stop: () => void;
  /** Steps that had to be waited for. */
  #arrived: readonly Due[] = [];
  #size = 0;
  #wave = 0;
  #isTelling = false;

  /** `feed` is the first member's; any other's would tell the same. */
  constructor(
    private readonly feed: AnyFeed,
    private readonly tools: GroupTools,
  ) {
    this.#topic = feed.topic();
    this.#stop = feed.listen(this.wake);
  }

  /** `cursor` is where the member stands; what there is to tell from there is told. */
  join(member: Member, cursor: unknown): void {
    this.#size += 1;
    member.home = this;
    this.#put(member, cursor);
    this.tools.kept(this);
    this.#go();
  }

  leave(member: Member): void {
    this.#size -= 1;
    this.#take(member);
    if (this.#size > 0) return;
    this.#stop();
    this.tools.emptied(this);
  }

  /** Everybody, with the cursor where each stands. */
  members(): readonly (readonly [Member, unknown])[] {
    return [...this.#places.values()].flatMap(({ members, cursor }) =>
      [...members].map((member) => [member, cursor] as const),
    );
  }

  forget(): void {
    this.#tails.clear();
    this.feed.forget();
  }

  /** There may be something new. Never throws, and is done at once where nobody has anything to hear. */
  readonly wake = (): void => {
    this.#wave += 1;
    this.#go();
  };

  #go(): void {
    if (this.#isTelling) return;
    const due = this.#settle();
    if (due.length > 0) void this.#tell(due);
  }

  /** Moves on whoever has nothing to hear. */
  #settle(): readonly Due[] {
    const due = [...this.#arrived];
    this.#arrived = [];
    if (this.#size > 0 && this.feed.topic() !== this.#topic) {
      this.tools.turned(this);
      return [];
    }
    for (const place of [...this.#places.values()]) {
      if (place.isAsking || place.restsSince === this.#wave) continue;
      place.restsSince = this.#wave;
      if (this.#isReady(place)) this.#stepFrom(place, due);
    }
    return due;
  }

  /** Whether somebody there can be told; otherwise the group is woken when one can. */
  #isReady({ members }: Place): boolean {
    for (const { line } of members) if (!line.isBehind) return true;
    for (const { line } of members) line.whenSent(this.wake);
    return false;
  }

  #stepFrom(place: Place, due: Due[]): void {
    try {
      const step = this.feed.step(place.cursor);
      if (step instanceof Promise) void this.#await(place, step);
      else if (step === ended || step.event !== undefined) due.push({ place, step });
      else this.#move(place, step.cursor);
    } catch (error) {
      fail(place, error);
    }
  }

  /** The others need not wait for what must be read. */
  async #await(place: Place, step: Promise<Stepped>): Promise<void> {
    place.isAsking = true;
    try {
      const settled = await step;
      this.#arrived = [...this.#arrived, { place, step: settled }];
    } catch (error) {
      fail(place, error);
    }
    place.isAsking = false;
    this.#go();
  }

  /** Until nobody has anything to hear. Never rejects. */
  async #tell(due: readonly Due[]): Promise<void> {
    this.#isTelling = true;
    for (let rest = due; rest.length > 0; rest = this.#settle()) {
      for (const one of rest) await this.#tellPlace(one);
    }
    this.#isTelling = false;
  }

  async #tellPlace({ place, step }: Due): Promise<void> {
    try {
      if (step === ended) for (const member of place.members) member.complete();
      else if (step.event === undefined) this.#move(place, step.cursor);
      else await this.#deliver(place, step.cursor, await this.#tailOf(step.event));
    } catch (error) {
      fail(place, error);
    }
  }

  async #tailOf(event: object): Promise<Buffer> {
    const known = this.#tails.get(event);
    if (known !== undefined) return known;
    const { pace, tailOf } = this.tools;
    while (pace.isSpent) await pace.nextTurn();
    pace.spend(cost.execution);
    const tail = await tailOf(event);
    this.#tails.set(event, tail);
    return tail;
  }

  /** Tells everybody who stands there and keeps up. The others stay, and are told later what has become of it all. */
  async #deliver(place: Place, cursor: unknown, tail: Buffer): Promise<void> {
    const { pace, countFrames } = this.tools;
    for (const member of [...place.members]) {
      while (pace.isSpent) await pace.nextTurn();
      if (member.place !== place) continue; // it has left
      if (member.line.isBehind) {
        member.line.whenSent(this.wake);
        continue;
      }
      pace.spend(cost.frame);
      member.line.send(member.id, tail);
      countFrames(1);
      this.#take(member);
      this.#put(member, cursor);
    }
    if (this.#size === 1) this.forget();
    else this.tools.kept(this);
  }

  #move(place: Place, cursor: unknown): void {
    if (this.#size === 1) this.forget();
    if (place.cursor === cursor || place.members.size === 0) return;
    this.#places.delete(place.cursor);
    const there = this.#places.get(cursor);
    if (there === undefined) {
      place.cursor = cursor;
      this.#places.set(cursor, place);
      return;
    }
    for (const member of place.members) this.#put(member, cursor);
  }

  #put(member: Member, cursor: unknown): void {
    const place = this.#places.get(cursor) ?? newPlace(cursor);
    this.#places.set(cursor, place);
    place.members.add(member);
    member.place = place;
  }

  #take(member: Member): void {
    const { place } = member;
    member.place = null;
    if (place === null) return;
    place.members.delete(member);
    if (place.members.size === 0) this.#places.delete(place.cursor);
  }
}

function newPlace(cursor: unknown): Place {
  return { cursor, members: new Set(), restsSince: -1, isAsking: false };
}

function fail({ members }: Place, error: unknown): void {
  for (const member of members) member.fail(error);
}
