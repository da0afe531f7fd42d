import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { freshDatabase } from "../../support/databases.js";

it("lets others have their turn while many statements wait", async () => {
  const { database, close } = await freshDatabase("pglite");
  const busy = sql`select count(*) from generate_series(1, 20000)`;
  let isOver = false;
  const all = Promise.all(Array.from({ length: 200 }, async () => database.execute(busy)));
  const ended = all.then(() => (isOver = true));
  let turns = 0;
  while (!isOver) {
    await nextTurn();
    turns += 1;
  }
  await ended;
  await close();
  expect(turns).toBeGreaterThan(10);
});
