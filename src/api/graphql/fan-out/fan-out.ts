/** Serves all subscriptions of all sockets together: finds for each the group that hears the same, and looks after the groups. */
import {
  createSourceEventStream,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
} from "graphql";
import type { Log } from "../../../platform/log.js";
import type { Instruments, Labels } from "../../../platform/metrics.js";
import type { GraphQLContext } from "../context.js";
import { formatResult } from "../format-result.js";
import { tailOf } from "./frame.js";
import { Group } from "./group.js";
import type { Line } from "./line.js";
import { type AnyFeed, Member } from "./member.js";
import { Pace } from "./pace.js";
import { questionOf, sinceVariableOf } from "./sharing.js";

/** An operation of a socket, ready to be executed. */
export interface SocketOperation extends ExecutionArgs {
  readonly operationName: string | null;
  readonly variableValues: Readonly<Record<string, unknown>>;
  readonly contextValue: GraphQLContext;
  readonly origin: Origin;
}

/** Where it came from. */
export interface Origin {
  readonly line: Line;
  /** As the client numbers its operations. */
  readonly id: string;
  /** Of the whole document. */
  readonly text: string;
}

const keptForMs = 2_000; // for those who come back at the same time

export class FanOut {
  readonly #groups = new Map<string, Group>();
  /** Groups that keep something for others who may come. */
  readonly #keeping = new Set<Group>();
  /** Operation → see `sinceVariableOf`. */
  readonly #sinceVariables = new WeakMap<object, string | null>();
  readonly #pace = new Pace();
  readonly #countFrames: (labels: Labels, frames: number) => void;
  readonly #countExecutions: () => void;

  constructor(
    private readonly log: Log,
    metrics: Instruments,
  ) {
    const { counter } = metrics;
    this.#countFrames = counter("halyard_subscription_frames_total", "Events told to subscribers");
    const help = "Executions of subscriptions, each for all who are told the same";
    this.#countExecutions = counter("halyard_subscription_executions_total", help);
  }

  /** Checks everything, as graphql-js's own `subscribe` does: errors are one result. Otherwise the iterator of a member, which never yields. */
  async subscribe(operation: SocketOperation): Promise<ExecutionResult | Member> {
    const source = await createSourceEventStream(operation);
    if (!(Symbol.asyncIterator in source)) return source;
    const feed = source as AnyFeed;
    const { id, line } = operation.origin;
    const question = this.#questionOf(operation);
    return new Member(id, line, feed, (member) => this.#join(member, operation, question, feed.start));
  }

  #questionOf({ document, operationName, variableValues, origin, contextValue }: SocketOperation): string {
    const operation = getOperationAST(document, operationName);
    let sinceVariable = operation && this.#sinceVariables.get(operation);
    if (operation && sinceVariable === undefined) {
      sinceVariable = sinceVariableOf(document, operation);
      this.#sinceVariables.set(operation, sinceVariable);
    }
    const asked = { text: origin.text, operationName, variables: variableValues };
    return questionOf({ ...asked, sinceVariable: sinceVariable ?? null }, contextValue.caller);
  }

  #join(member: Member, operation: SocketOperation, question: string, cursor: unknown): void {
    const key = `${question} ${member.feed.topic()}`;
    const group = this.#groups.get(key) ?? this.#found(key, member.feed, operation, question);
    group.join(member, cursor);
  }

  #found(key: string, feed: AnyFeed, operation: SocketOperation, question: string): Group {
    const release = (group: Group): void => {
      if (this.#groups.get(key) === group) this.#groups.delete(key);
      this.#keeping.delete(group);
    };
    const group = new Group(feed, {
      tailOf: async (event) => this.#execute(operation, event),
      pace: this.#pace,
      countFrames: (frames) => this.#countFrames({}, frames),
      kept: (one) => this.#keep(one),
      turned: (one) => {
        release(one);
        this.#regroup(one, operation, question);
      },
      emptied: release,
    });
    this.#groups.set(key, group);
    return group;
  }

  async #execute(operation: SocketOperation, event: object): Promise<Buffer> {
    this.#countExecutions();
    const result = await execute({ ...operation, rootValue: event });
    return tailOf(formatResult(this.log, operation, result));
  }

  /** Everybody to the group where they belong by now, and on from where they stand. */
  #regroup(group: Group, operation: SocketOperation, question: string): void {
    for (const [member, cursor] of group.members()) {
      group.leave(member);
      this.#join(member, operation, question, cursor);
    }
  }

  #keep(group: Group): void {
    if (this.#keeping.size === 0) setTimeout(() => this.#forget(), keptForMs).unref();
    this.#keeping.add(group);
  }

  #forget(): void {
    for (const group of this.#keeping) group.forget();
    this.#keeping.clear();
  }
}
