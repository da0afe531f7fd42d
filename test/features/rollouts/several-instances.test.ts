/** Rollouts that several instances look at, over either database. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeDatabases } from "../../support/databases.js";
import { Clock, oneIn, openRollouts, type RolloutFixture } from "./rollout-fixture.js";

describeDatabases("several instances", (subject) => {
  const clock = new Clock();
  let fixture: RolloutFixture;
  let other: RolloutFixture;

  beforeAll(async () => {
    fixture = await openRollouts(clock, subject());
    other = await openRollouts(clock, subject());
    await fixture.addFlag("shared");
  });
  afterAll(async () => {
    await other.close();
    await fixture.close();
  });

  const lookTogether = async () =>
    (await Promise.all([fixture.look(), other.look(), fixture.look(), other.look()])).flat();

  it("take a step once between them, and one goes on where another ended", async () => {
    const { id } = await fixture.start({ flagKey: "shared" });
    await fixture.people("shared", "somebody", 200);
    clock.pass(24);
    expect(await lookTogether()).toEqual(["ADVANCE"]);
    expect(await other.read({ id })).toMatchObject({ step: 2, version: 2 });
    clock.pass(24);
    expect(await lookTogether()).toEqual(["COMPLETE"]);
    expect(await other.read({ id })).toMatchObject({ status: "COMPLETED", version: 3 });
  });

  it("roll back once between them", async () => {
    await fixture.addFlag("harmful");
    const { id } = await fixture.start({ flagKey: "harmful" });
    const people = await fixture.people("harmful", "victim", 1_000);
    await fixture.happens("errors", oneIn(people, "on", 1));
    expect(await lookTogether()).toEqual(["ROLL_BACK"]);
    expect(await other.read({ id })).toMatchObject({ status: "ROLLED_BACK", version: 2 });
  });
});
