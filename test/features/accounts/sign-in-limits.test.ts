import { describe, expect, it } from "vitest";
import { createSignInLimits } from "../../../src/features/accounts/sign-in-limits.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import type { SecurityEntry } from "../../../src/features/security/security-event.js";
import { openInProcessBus } from "../../../src/platform/bus/in-process.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { badField, Problem } from "../../../src/platform/problems.js";
import { silentLog } from "../../support/silent-log.js";
import { anonymousCaller, testStart } from "../../support/tools.js";

const email = "alice@example.com";
const minute = 60_000;

function openLimits(perMinute = 0) {
  let instant = testStart;
  const recorded: SecurityEntry[] = [];
  const metrics = openMetrics();
  const { limits } = openInProcessBus(silentLog, () => instant);
  const security = {
    record: (entry: SecurityEntry) => void recorded.push(entry),
    flush: async () => undefined,
    close: async () => undefined,
  };
  const signIns = createSignInLimits({ limits, metrics, security }, perMinute);
  return { signIns, metrics, recorded, pass: (milliseconds: number) => void (instant += milliseconds) };
}

type Opened = ReturnType<typeof openLimits>;

function at(ip: string, userAgent = "Firefox"): Caller {
  return { ...anonymousCaller(), ip, userAgent };
}

async function sign({ signIns }: Opened, caller: Caller, isRight: boolean, address = email) {
  return signIns.attempt(
    caller,
    address,
    async () => isRight,
    (right) => (right ? "SUCCEEDED" : "FAILED"),
  );
}

/** The seconds that an attempt is told to wait; 0: it was let through, and failed. */
async function waitOf(opened: Opened, caller: Caller, address = email): Promise<number> {
  try {
    await sign(opened, caller, false, address);
    return 0;
  } catch (error) {
    return (error as Problem).details.retryAfterSeconds ?? -1;
  }
}

async function failTimes(opened: Opened, caller: Caller, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) expect([turn, await waitOf(opened, caller)]).toEqual([turn, 0]);
}

const home = at("192.0.2.1");

describe("an account", () => {
  it("waits from the fifth failure on, twice as long each time, a quarter of an hour at most", async () => {
    const opened = openLimits();
    await failTimes(opened, home, 5);
    for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      expect(await waitOf(opened, home)).toBe(seconds);
      opened.pass(seconds * 1_000);
      expect(await waitOf(opened, home)).toBe(0);
    }
  });

  it("lets the right password in once the wait is over, and forgets the failures", async () => {
    const opened = openLimits();
    await failTimes(opened, home, 5);
    await expect(sign(opened, home, true)).rejects.toMatchObject({ code: "RATE_LIMITED" });
    opened.pass(1_000);
    expect(await sign(opened, home, true)).toBe(true);
    await failTimes(opened, home, 5);
  });

  it("does not try what has to wait", async () => {
    const opened = openLimits();
    await failTimes(opened, home, 5);
    let tried = false;
    const prove = async () => (tried = true);
    await expect(opened.signIns.attempt(home, email, prove, () => "SUCCEEDED")).rejects.toThrow(Problem);
    expect(tried).toBe(false);
  });

  it("is one however its address is spelt, and whether it exists or not", async () => {
    for (const spellings of [
      [
        "Alice@example.com",
        "ALICE@EXAMPLE.COM",
        "alice@example.com",
        "al\u0130ce@example.com",
        "alice@example.com",
      ],
      [
        "nobody@\u212aiosk.example",
        "NOBODY@kiosk.example",
        "nobody@Kiosk.example",
        "nobody@KIOSK.example",
        "nobody@kiosk.example",
      ],
    ]) {
      const opened = openLimits();
      for (const spelling of spellings) expect(await waitOf(opened, home, spelling)).toBe(0);
      expect(await waitOf(opened, home, spellings[0])).toBe(1);
      expect(await waitOf(opened, home, "bob@example.com")).toBe(0);
    }
  });

  it("waits here for what failed here: another address is another matter", async () => {
    const opened = openLimits();
    await failTimes(opened, at("2001:db8:0:7::1"), 3);
    await failTimes(opened, at("2001:db8:0:7::2", "curl"), 2);
    expect(await waitOf(opened, at("2001:db8:0:7::3"))).toBe(1);
    expect(await waitOf(opened, at("2001:db8:0:8::1"))).toBe(0);
  });

  it("waits everywhere, but briefly, once many addresses together have guessed", async () => {
    const opened = openLimits();
    for (let turn = 0; turn < 20; turn += 1) await failTimes(opened, at(`198.51.100.${turn}`), 1);
    expect(await waitOf(opened, at("203.0.113.1"))).toBe(1);
    for (let turn = 0; turn < 20; turn += 1) {
      opened.pass(minute);
      await failTimes(opened, at(`203.0.113.${turn}`), 1);
    }
    expect(await waitOf(opened, at("203.0.113.99"))).toBe(60);
    opened.pass(minute);
    expect(await sign(opened, at("203.0.113.99"), true)).toBe(true);
  });

  it("never waits on a device that once signed in for what strangers do", async () => {
    const opened = openLimits();
    expect(await sign(opened, home, true)).toBe(true);
    await failTimes(opened, at("192.0.2.1", "curl"), 5);
    for (let turn = 0; turn < 15; turn += 1) await failTimes(opened, at(`198.51.100.${turn}`), 1);
    expect(await waitOf(opened, at("203.0.113.1"))).toBeGreaterThan(0);
    expect(await waitOf(opened, at("192.0.2.1", "curl"))).toBeGreaterThan(0);
    expect(await sign(opened, home, true)).toBe(true);
    await failTimes(opened, home, 5);
    expect(await waitOf(opened, home)).toBe(1);
  });

  it("is not got round by two hundred attempts at once", async () => {
    const opened = openLimits();
    const waits = await Promise.all(Array.from({ length: 200 }, async () => waitOf(opened, home)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  });

  it("lets the right password in as often at once as somebody likes", async () => {
    const opened = openLimits();
    const signedIn = await Promise.all(Array.from({ length: 50 }, async () => sign(opened, home, true)));
    expect(signedIn.every(Boolean)).toBe(true);
  });

  it("counts what throws BAD_USER_INPUT, and nothing else that is thrown or undecided", async () => {
    const opened = openLimits();
    const throwing = (error: Error) => async () => {
      throw error;
    };
    for (let turn = 0; turn < 10; turn += 1) {
      const busy = opened.signIns.attempt(home, email, throwing(new Error("busy")), () => "FAILED");
      await expect(busy).rejects.toThrow("busy");
      await opened.signIns.attempt(
        home,
        email,
        async () => "code missing",
        () => "UNDECIDED",
      );
    }
    for (let turn = 0; turn < 5; turn += 1) {
      const wrong = opened.signIns.attempt(
        home,
        email,
        throwing(badField("input.code", "is wrong")),
        () => "SUCCEEDED",
      );
      await expect(wrong).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    }
    expect(await waitOf(opened, home)).toBe(1);
  });

  it("forgets no failure while a code is missing, so that a known password does not buy guesses", async () => {
    const opened = openLimits();
    await failTimes(opened, home, 4);
    await opened.signIns.attempt(
      home,
      email,
      async () => "code missing",
      () => "UNDECIDED",
    );
    await failTimes(opened, home, 1);
    expect(await waitOf(opened, home)).toBe(1);
  });
});

describe("an address", () => {
  it("may come so often a minute, to each door; an IPv6 address with all of its /64", () => {
    const { signIns, pass } = openLimits(2);
    const limited = expect.objectContaining({ code: "RATE_LIMITED", details: { retryAfterSeconds: 30 } });
    for (const caller of [at("2001:db8:0:7::1"), at("2001:db8:0:7::2")]) signIns.arrive(caller, "login");
    expect(() => signIns.arrive(at("2001:db8:0:7::3"), "login")).toThrow(limited);
    signIns.arrive(at("2001:db8:0:7::3"), "refresh");
    signIns.arrive(at("2001:db8:0:8::1"), "login");
    pass(30_000);
    signIns.arrive(at("2001:db8:0:7::3"), "login");
  });

  it("may come as often as it likes where the limit is off", () => {
    const { signIns } = openLimits(0);
    for (let turn = 0; turn < 1_000; turn += 1) signIns.arrive(home, "login");
  });
});

it("tells the security log and the metrics who was sent away", async () => {
  const opened = openLimits(1);
  await failTimes(opened, home, 5);
  await waitOf(opened, home);
  opened.signIns.arrive(home, "register");
  expect(() => opened.signIns.arrive(home, "register")).toThrow(Problem);
  const kind = "SIGN_IN_LIMITED";
  expect(opened.recorded).toEqual([
    { kind, caller: home, subject: email, detail: { limit: "account" } },
    { kind, caller: home, detail: { limit: "address", operation: "register" } },
  ]);
  const figures = await opened.metrics.render();
  expect(figures).toContain('halyard_rate_limited_total{limit="account"} 1');
  expect(figures).toContain('halyard_rate_limited_total{limit="register"} 1');
});
