import { afterAll, beforeAll, expect, it } from "vitest";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { deleteSegment } from "../../../src/features/segments/delete-segment.js";
import { updateSegment } from "../../../src/features/segments/update-segment.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import { adminCaller, seedProject, testTools } from "../../support/tools.js";
import { segmentTools } from "./segment-fixture.js";

let open: OpenDatabase;

beforeAll(async () => {
  open = await freshDatabase("postgresql");
  await seedProject(testTools(open.database));
});
afterAll(async () => open.close());

it("two updates at the same time never close a circle together", async () => {
  const tools = segmentTools(open.database);
  const admin = adminCaller();
  for (let round = 0; round < 10; round += 1) {
    const [one, other] = [`one-${round}`, `other-${round}`];
    await createSegment(tools, admin, { key: one });
    await createSegment(tools, admin, { key: other });
    const outcomes = await Promise.allSettled([
      updateSegment(tools, admin, { segment: one, when: { segment: other } }),
      updateSegment(tools, admin, { segment: other, when: { segment: one } }),
    ]);
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: [{ path: "input.when.segment" }] },
    });
  }
});

it("a segment is not deleted while a condition begins to name it", async () => {
  const tools = segmentTools(open.database);
  const admin = adminCaller();
  await createSegment(tools, admin, { key: "user" });
  for (let round = 0; round < 10; round += 1) {
    await createSegment(tools, admin, { key: "named" });
    const [named, deleted] = await Promise.allSettled([
      updateSegment(tools, admin, { segment: "user", when: { segment: "named" } }),
      deleteSegment(tools, admin, { segment: "named" }),
    ]);
    if (named.status === "rejected") {
      expect(named.reason).toMatchObject({ code: "BAD_USER_INPUT" });
      expect(deleted.status).toBe("fulfilled");
    } else {
      expect(deleted).toMatchObject({ status: "rejected", reason: { code: "CONFLICT" } });
      await updateSegment(tools, admin, { segment: "user", when: null });
      await deleteSegment(tools, admin, { segment: "named" });
    }
  }
});
