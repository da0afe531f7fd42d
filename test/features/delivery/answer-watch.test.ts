/** When answers may be other ones, and how an instance gets to what another one has told. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AnswerWatch, catchUp } from "../../../src/features/delivery/index.js";
import { rotateContextProofSecret } from "../../../src/features/environments/rotate-context-proof-secret.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { updateEnvironment } from "../../../src/features/environments/update-environment.js";
import { admin, type Instance, openInstance } from "./delivery-fixture.js";

const place = { project: "default", environment: "staging" };
let instance: Instance;

beforeAll(async () => {
  instance = await openInstance();
  await instance.addFlag("seen");
  await instance.addFlag("hidden", { clientVisible: false });
});
afterAll(async () => instance.close());

function watch(isPublic: boolean, { delivery } = instance): AnswerWatch {
  return new AnswerWatch(delivery, { place, isPublic }, () => undefined);
}

describe("a watch", () => {
  it("sees what its audience can see", async () => {
    const [all, clients] = [watch(false), watch(true)];
    const { state } = clients;
    await instance.toggle("hidden", true);
    expect([all.look(), clients.look(), clients.state]).toEqual([true, false, state]);
    await instance.toggle("seen", true);
    expect([all.look(), clients.look()]).toEqual([true, true]);
    expect([all.look(), clients.look()]).toEqual([false, false]);
    expect(clients.state).not.toBe(state);
    all.close();
    clients.close();
  });

  it("sees a flag come and go", async () => {
    const clients = watch(true);
    await instance.addFlag("brief");
    expect(clients.look()).toBe(true);
    await archiveFlag(instance.tools, admin, { flagKey: "brief" });
    expect(clients.look()).toBe(true);
    clients.close();
  });

  it("sees that CLIENT keys must prove their targeting key from now on", async () => {
    await rotateContextProofSecret(instance.tools, admin, { environment: "staging" });
    const [all, clients] = [watch(false), watch(true)];
    await updateEnvironment(instance.tools, admin, { environment: "staging", requireContextProof: true });
    expect([all.look(), clients.look()]).toEqual([false, true]);
    all.close();
    clients.close();
  });

  it("names the same state alike at every instance", async () => {
    const other = await openInstance({ opened: instance.opened });
    const [here, there] = [watch(true), watch(true, other)];
    expect(there.state).toBe(here.state);
    here.close();
    there.close();
    await other.close();
  });
});

describe("catching up", () => {
  it("reads first where this instance is behind", async () => {
    const other = await openInstance({ opened: instance.opened }); // on a bus of its own, which never rings
    const here = watch(false);
    await instance.toggle("seen", false);
    here.look();
    await catchUp(other, place, here.state, 2_000);
    expect(other.delivery.revision()).toBe(instance.delivery.revision());
    here.close();
    await other.close();
  });

  it("is UNAVAILABLE where the ledger cannot be read", async () => {
    const other = await openInstance();
    await catchUp(other, place, "1.999999-0", 2_000); // of a history that was replaced
    await other.opened.close();
    await expect(catchUp(other, place, "1.999999-0", 2_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await other.delivery.close();
  });

  it("is nothing where the state is none", async () => {
    await expect(catchUp(instance, place, "nonsense", 200)).resolves.toBeUndefined();
  });

  it("waits for a clock that is a little behind", async () => {
    const startsAt = Date.now() + 600;
    await instance.addFlag("timed", {
      environments: [
        {
          environment: "staging",
          enabled: true,
          rules: [
            { startsAt: new Date(startsAt).toISOString(), when: { all: [] }, serve: { variant: "off" } },
          ],
        },
      ],
    });
    const other = await openInstance({ opened: instance.opened, now: () => Date.now() + 10_000 });
    const there = watch(false, other);
    await catchUp(instance, place, there.state, 2_000);
    expect(Date.now()).toBeGreaterThanOrEqual(startsAt);
    there.close();
    await other.close();
  });
});
