/** What a guarded rollout keeps from being taken away under it, also while it is paused. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { deleteFlag } from "../../../src/features/flags/delete-flag.js";
import { removeVariant } from "../../../src/features/flags/remove-variant.js";
import { updateVariant } from "../../../src/features/flags/update-variant.js";
import { deleteProject } from "../../../src/features/projects/delete-project.js";
import { abortGuardedRollout } from "../../../src/features/rollouts/abort-guarded-rollout.js";
import { pauseGuardedRollout } from "../../../src/features/rollouts/pause-guarded-rollout.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { deleteSegment } from "../../../src/features/segments/delete-segment.js";
import { admin } from "../delivery/delivery-fixture.js";
import { Clock, openRollouts, type RolloutFixture } from "./rollout-fixture.js";

let fixture: RolloutFixture;
beforeAll(async () => {
  fixture = await openRollouts(new Clock());
});
afterAll(async () => fixture.close());

it("a segment of its audience stays until it has ended", async () => {
  const { tools } = fixture;
  await fixture.addFlag("gate");
  await createSegment(tools, admin, { key: "insiders" });
  const { id } = await fixture.start({ flagKey: "gate", audience: { segment: "insiders" } });
  await pauseGuardedRollout(tools, admin, { id });
  const remove = async () => deleteSegment(tools, admin, { segment: "insiders", expectedVersion: 1 });
  await expect(remove()).rejects.toMatchObject({
    code: "CONFLICT",
    message: `Segment "insiders" is used by flag "gate" in staging.`,
  });
  await abortGuardedRollout(tools, admin, { id, reason: "enough" });
  await remove();
});

it("its flag, its variants, its environment and its project stay until it has ended", async () => {
  const { tools } = fixture;
  await fixture.addFlag("till");
  const { id, key } = await fixture.start({ flagKey: "till" });
  const flagKey = "till";
  const environment = "staging";
  const attempts = [
    async () => archiveFlag(tools, admin, { flagKey }),
    async () => deleteFlag(tools, admin, { flagKey }),
    async () => removeVariant(tools, admin, { flagKey, variant: "on" }),
    async () => updateVariant(tools, admin, { flagKey, variant: "off", value: true }),
    async () => deleteEnvironment(tools, admin, { environment }),
    async () => deleteProject(tools, admin, { project: "default", expectedVersion: 1 }),
  ];
  const refused = {
    code: "CONFLICT",
    message: expect.stringContaining(`guarded rollout "${key}"`) as string,
  };
  for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(refused);
  await pauseGuardedRollout(tools, admin, { id });
  for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(refused);
  await expect(deleteEnvironment(tools, admin, { environment })).rejects.toMatchObject({
    message: `Environment "staging" is in use by guarded rollout "${key}" (PAUSED on flag "till" in staging): end that first.`,
  });
  await abortGuardedRollout(tools, admin, { id, reason: "enough" });
  await archiveFlag(tools, admin, { flagKey });
  await deleteEnvironment(tools, admin, { environment });
});
