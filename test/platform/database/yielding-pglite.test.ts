import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { freshDatabase } from "../../support/databases.js";

it("lets others have their turn while many statements wait", async () => {
  const { database, close } = await freshDatabase("pglite");
  const busy = sql`select count(*) from generate_series(1, 20000)`;
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  await Promise.all(Array.from({ length: 200 }, async () => database.execute(busy)));
  clearImmediate(next);
  await close();
  expect(turns).toBeGreaterThan(10);
});
