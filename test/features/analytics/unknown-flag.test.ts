import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clients } from "../../../src/features/analytics/client-version.queries.js";
import { unknownFlags } from "../../../src/features/analytics/unknown-flag.queries.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import type { DatabaseKind } from "../../support/databases.js";
import { keyCaller, testStart, userCaller } from "../../support/tools.js";
import { admin, answer, type Fixture, notFound, openFixture, question } from "./analytics-fixture.js";

const viewer = userCaller("VIEWER");

describe.each<DatabaseKind>(["pglite", "postgresql"])("on %s", (kind) => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await openFixture(kind);
    for (const flag of ["archived", "open"]) await fixture.addFlag(flag);
    await fixture.addFlag("hidden", { clientVisible: false });
    await archiveFlag(fixture.tools, admin, { flagKey: "archived" });
    const client = await fixture.addKey("web", "CLIENT", "Mozilla/5.0 (X11) Firefox/128.0");
    const server = await fixture.addKey("Backend", "SERVER", "shop/2.0 node/20");
    const counting = fixture.counting();
    const asked = ["archived", "hidden", "misspelt", "open"].map(notFound);
    counting.count(question(client), asked);
    counting.count(question(server, testStart + 1), asked);
    counting.count(question(server, testStart + 2), [answer("open"), notFound("misspelt")]);
    counting.count(question({ ...server, userAgent: null }), []);
    await counting.close();
  });
  afterAll(async () => fixture.close());

  it("lists the keys with who asks and why there is nothing, but for those that are flags by now", async () => {
    const page = await unknownFlags(fixture.tools, viewer, { environment: "staging" });
    const brief = page.edges.map(
      ({ node }) => `${node.key} ${node.apiKey.name} ${node.reason} ${node.count}`,
    );
    expect(brief.toSorted()).toEqual([
      "archived Backend ARCHIVED 1",
      "archived web ARCHIVED 1",
      "hidden web NOT_CLIENT_VISIBLE 1",
      "misspelt Backend ABSENT 2",
      "misspelt web ABSENT 1",
    ]);
    expect(await page.count()).toBe(5);
    expect(page.edges.find(({ node }) => node.count === 2)?.node).toMatchObject({
      ...{ environment: "staging", firstAt: new Date(testStart + 1), lastAt: new Date(testStart + 2) },
    });
  });

  it("lists clients by the name of the key", async () => {
    const page = await clients(fixture.tools, viewer, {});
    expect(
      page.edges.map(({ node }) => `${node.apiKey.name} ${node.client} ${node.version} ${node.count}`),
    ).toEqual(["Backend shop 2.0 2", "Backend unknown  1", "web browser  1"]);
    expect(await page.count()).toBe(3);
  });

  it.each([
    ["unknownFlags", unknownFlags],
    ["clients", clients],
  ] as const)("%s go page by page, and are for those who may see the place", async (_, list) => {
    const { tools } = fixture;
    const whole = (await list(tools, viewer, {})).edges.map(({ cursor }) => cursor);
    const paged: string[] = [];
    for (let after: string | undefined, more = true; more; after = paged.at(-1)) {
      const page = await list(tools, viewer, { first: 2, after });
      paged.push(...page.edges.map(({ cursor }) => cursor));
      more = page.hasNextPage;
    }
    expect(paged).toEqual(whole);
    expect((await list(tools, viewer, { environment: "production" })).edges).toEqual([]);
    await expect(list(tools, viewer, { environment: "nowhere" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    const server = keyCaller({ keyKind: "SERVER", environment: "staging" });
    await expect(list(tools, server, {})).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});
