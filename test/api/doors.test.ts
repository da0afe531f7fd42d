/** How a server closes: it says so, sends its subscribers to the others, and finishes what it has begun. */
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { bearer, openFrames } from "../support/graphql-frames.js";
import { startServer } from "../support/server.js";

const live = 'subscription { evaluations(context: {}, flagKeys: ["welcome"]) { snapshot } }';

describe("a server that closes", () => {
  it("is not ready first, sends sockets away spread over time, and answers what was asked before and meanwhile", async () => {
    const server = await startServer();
    const { port, host } = new URL(server.url);
    const sockets = await Promise.all(
      Array.from({ length: 510 }, async () =>
        openFrames(server.url, bearer(server.key("CLIENT", "development"))),
      ),
    );
    sockets[0]?.say({ id: "1", type: "subscribe", payload: { query: live } });
    const body = JSON.stringify({ query: "{ __typename }" });
    const head = `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const slow = connect(Number(port), "127.0.0.1");
    let answer = "";
    slow.on("data", (data: Buffer) => {
      answer += data.toString();
    });
    slow.write(head + body.slice(0, 5));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closing = server.app.close();
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    expect((await server.graphql("{ __typename }")).data).toEqual({ __typename: "Query" });
    await expect(openFrames(server.url).then(async ({ closed }) => closed())).resolves.toMatchObject({
      code: 1006,
    });
    const ends = await Promise.all(sockets.map(async ({ closed }) => closed()));
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1012]));
    const waits = ends.map(({ reason }) =>
      Number(/^The server is restarting: retry in (\d+) ms\.$/.exec(reason)?.[1]),
    );
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...waits)).toBeLessThan(3_000);
    expect(new Set(waits).size).toBeGreaterThan(100);
    expect(answer).toBe("");
    slow.write(body.slice(5));
    await closing;
    await expect.poll(() => answer).toContain('{"data":{"__typename":"Query"}}'); // it may still be on its way through the kernel
    await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
  });
});
