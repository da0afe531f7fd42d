import { createHmac } from "node:crypto";
import { sql } from "drizzle-orm";
import { beforeAll, expect, it } from "vitest";
import { UnitKeys } from "../../../src/features/tracking/unit-keys.js";
import { unitSecrets } from "../../../src/features/tracking/index.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { describeDatabases } from "../../support/databases.js";
import { seedProject, testTools } from "../../support/tools.js";
import { cipher } from "../delivery/delivery-fixture.js";

describeDatabases("the secret of units", (subject) => {
  const open = () => new UnitKeys(subject().database, cipher);
  beforeAll(async () => {
    await seedProject(testTools(subject().database));
    await seedProject(testTools(subject().database), "other");
  });

  it("is made once, whoever asks first, stored encrypted, and the project's own", async () => {
    const made = await Promise.all([open().of("default"), open().of("default"), open().of("other")]);
    const [one, two, other] = made.map((unitOf) => unitOf("targetingKey", "alice"));
    expect(one).toMatch(/^[\da-f]{64}$/);
    expect(two).toBe(one);
    expect(other).not.toBe(one);
    const rows = rowsOf(
      await subject().database.execute(sql`select project, secret from unit_secrets order by project`),
    );
    const [{ secret: stored } = {}] = rows;
    const secret = cipher.decrypt(String(stored), "units of project default");
    expect(one).toBe(createHmac("sha256", secret).update("targetingKey\0alice").digest("hex"));
    const [column] = unitSecrets;
    expect(await column?.countByKey(subject().database)).toEqual(new Map([[cipher.keyIds[0], 2]]));
  });

  it("tells values of one attribute from those of another", async () => {
    const unitOf = await open().of("default");
    expect(unitOf("user", "alice")).not.toBe(unitOf("device", "alice"));
  });

  it("is another one where the project was deleted and made again", async () => {
    const keys = open();
    const before = (await keys.of("other"))("targetingKey", "alice");
    await subject().database.execute(sql`delete from unit_secrets where project = 'other'`);
    expect((await keys.of("other"))("targetingKey", "alice")).not.toBe(before);
    expect(keys.lastKnown("other")?.("targetingKey", "alice")).not.toBe(before);
    expect(keys.lastKnown("default")).toBeUndefined();
    await expect(keys.of("nowhere")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
