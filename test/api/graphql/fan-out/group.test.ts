/** What becomes of events that fail, of feeds that end, and of readers who do not keep up: on real sockets, with a feed that the test moves. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from "graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { GraphQLContext } from "../../../../src/api/graphql/context.js";
import { FanOut, type SocketOperation } from "../../../../src/api/graphql/fan-out/fan-out.js";
import { Line } from "../../../../src/api/graphql/fan-out/line.js";
import type { AnyFeed, Member } from "../../../../src/api/graphql/fan-out/member.js";
import { ended } from "../../../../src/features/delivery/index.js";
import { openMetrics } from "../../../../src/platform/metrics.js";
import { Problem } from "../../../../src/platform/problems.js";
import { Loaders } from "../../../../src/platform/graphql/loaders.js";
import { silentLog } from "../../../support/silent-log.js";
import { keyCaller } from "../../../support/tools.js";

type Step = Awaited<ReturnType<AnyFeed["step"]>>;

/** Tells the texts one after the other: a cursor is how many were told. */
class Texts {
  readonly texts: string[] = [];
  readonly wakes = new Set<() => void>();
  /** What a step does in the place of its work. */
  instead: (() => Step | Promise<Step>) | undefined;
  topic = "one";
  steps = 0;

  feed(): AnyFeed {
    return {
      start: 0,
      topic: () => this.topic,
      listen: (wake) => {
        this.wakes.add(wake);
        return () => this.wakes.delete(wake);
      },
      step: (cursor) => {
        this.steps += 1;
        if (this.instead !== undefined) return this.instead();
        const at = cursor as number;
        const text = this.texts[at];
        return text === undefined ? { cursor, event: undefined } : { cursor: at + 1, event: { text } };
      },
      forget: () => undefined,
      [Symbol.asyncIterator]: () => {
        throw new Error("The fan-out does not iterate.");
      },
    };
  }

  tell(...texts: readonly string[]): void {
    this.texts.push(...texts);
    for (const wake of this.wakes) wake();
  }
}

let texts: Texts;
let fanOut: FanOut;
let client: WebSocket;
let line: Line;
let heard: unknown[];
const server = createServer();
const sockets = new WebSocketServer({ server });

const text = new GraphQLObjectType({
  name: "Subscription",
  fields: {
    text: {
      type: GraphQLString,
      subscribe: () => texts.feed(),
      resolve: (event: { text: string }) => {
        if (event.text === "forbidden") throw new Problem("FORBIDDEN", "Not this one.");
        if (event.text === "bug") throw new Error("a secret of the server");
        return event.text;
      },
    },
  },
});
const query = new GraphQLObjectType({ name: "Query", fields: { nothing: { type: GraphQLString } } });
const schema = new GraphQLSchema({ query, subscription: text });

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const opened = new Promise<Line>((resolve) => {
    sockets.on("connection", (socket, request) => resolve(new Line(socket, request.socket)));
  });
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on("message", (data: Buffer) => heard.push(JSON.parse(data.toString())));
  line = await opened;
});
afterAll(() => {
  client.terminate();
  sockets.close();
  server.close();
});
beforeEach(() => {
  texts = new Texts();
  fanOut = new FanOut(silentLog, openMetrics());
  heard = [];
});

/** A member that listens, and what becomes of it. */
async function member(id: string): Promise<{ readonly member: Member; readonly end: Promise<unknown> }> {
  const contextValue = { caller: keyCaller(), loaders: new Loaders({}) } as unknown as GraphQLContext;
  const document = parse("subscription { text }");
  const origin = { line, id, text: "subscription { text }" };
  const operation: SocketOperation = {
    schema,
    document,
    operationName: null,
    variableValues: {},
    contextValue,
    origin,
  };
  const made = await fanOut.subscribe(operation);
  if (!("next" in made)) throw new Error(JSON.stringify(made));
  const end = made.next().then(
    () => "complete",
    (error: unknown) => error,
  );
  return { member: made, end };
}

const next = (id: string, payload: unknown) => ({ id, type: "next", payload });

describe("an event that fails", () => {
  it("is told as an error with its code, a bug without a word of what it was, and the next comes all the same", async () => {
    await member("a");
    texts.tell("forbidden", "bug", "well");
    await expect.poll(() => heard).toHaveLength(3);
    const [forbidden, bug, well] = heard;
    const requestId = expect.any(String) as string;
    expect(forbidden).toMatchObject(
      next("a", {
        errors: [{ message: "Not this one.", path: ["text"], extensions: { code: "FORBIDDEN", requestId } }],
      }),
    );
    expect(bug).toMatchObject(
      next("a", { errors: [{ extensions: { code: "INTERNAL_SERVER_ERROR" } }], data: { text: null } }),
    );
    expect(JSON.stringify(bug)).not.toContain("secret");
    expect(well).toEqual(next("a", { data: { text: "well" } }));
  });
});

describe("a feed", () => {
  it("that ends completes everybody", async () => {
    const [a, b] = [await member("a"), await member("b")];
    texts.instead = () => ended;
    texts.tell();
    expect(await Promise.all([a.end, b.end])).toEqual(["complete", "complete"]);
    expect(texts.wakes.size).toBe(0);
  });

  it.each([
    [
      "at once",
      () => {
        throw new Error("broken");
      },
    ],
    ["in time", async () => Promise.reject(new Error("broken"))],
  ])("that fails %s fails those who asked, and nobody else ever", async (_when, instead) => {
    const { end } = await member("a");
    texts.instead = instead;
    texts.tell();
    expect(await end).toEqual(new Error("broken"));
    texts.instead = undefined;
    await member("b");
    texts.tell("well");
    await expect.poll(() => heard).toEqual([next("b", { data: { text: "well" } })]);
  });

  it("that must read for one keeps the others from nothing", async () => {
    let read = (_step: Step): void => undefined;
    await member("a");
    texts.tell("first");
    await expect.poll(() => heard).toHaveLength(1);
    texts.instead = async () =>
      new Promise((resolve) => {
        read = resolve;
      });
    await member("b"); // from the beginning, which must be read
    texts.instead = undefined;
    texts.tell("second");
    await expect.poll(() => heard).toHaveLength(2);
    expect(heard[1]).toEqual(next("a", { data: { text: "second" } }));
    read({ cursor: 1, event: { text: "first" } });
    await expect.poll(() => heard).toHaveLength(4);
    expect(heard.slice(2)).toEqual(["first", "second"].map((one) => next("b", { data: { text: one } })));
  });

  it("is not asked again and again while there is nothing to tell", async () => {
    await Promise.all(["a", "b", "c"].map(member));
    texts.steps = 0;
    texts.tell();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(texts.steps).toBe(1);
    texts.instead = async () => ({ cursor: 0, event: undefined });
    texts.tell();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(texts.steps).toBe(2);
  });
});

describe("a member", () => {
  it("that leaves while its event is told is told no more", async () => {
    const [a] = [await member("a"), await member("b")];
    texts.tell("first");
    await a.member.return();
    await expect.poll(() => heard).toEqual([next("b", { data: { text: "first" } })]);
    expect(await a.member.return()).toEqual({ done: true, value: undefined });
  });

  it("goes on from where it stood when the groups are made anew", async () => {
    await member("a");
    texts.tell("first");
    await expect.poll(() => heard).toHaveLength(1);
    texts.topic = "another";
    texts.tell("second");
    await expect.poll(() => heard).toHaveLength(2);
    expect(heard[1]).toEqual(next("a", { data: { text: "second" } }));
    expect(texts.wakes.size).toBe(1);
  });
});
