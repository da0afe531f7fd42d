/** The whole history of a trial, in small; `npm run prove:tracking` lives through one of a million units. */
import { expect, it } from "vitest";
import { sql } from "drizzle-orm";
import { rowsOf } from "../../../../src/platform/database/index.js";
import { describeDatabases } from "../../../support/databases.js";
import { prove } from "./prove.js";

const size = { exposures: 400, events: 3_000 };

describeDatabases("the sums of a trial", (subject) => {
  it("are what brute force finds, however often and in whatever order all was told", async () => {
    const { database } = subject();
    const proof = await prove(subject(), { ...size, seed: 1, tell: () => undefined });
    expect(proof).toMatchObject({ ...size, differences: [] });
    expect(proof.cells).toBeGreaterThan(50);
    const found = await database.execute(sql`
      select count(*) filter (where departed) > 20 as "someLeft", count(*) filter (where conflicted) between 1 and 20 as "someSlips",
        count(*) filter (where covariate <> 0) > 20 as "someHaveAPast" from exposures`);
    expect(rowsOf(found)).toEqual([{ someLeft: true, someSlips: true, someHaveAPast: true }]);
  });
});
