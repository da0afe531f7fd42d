/** Whatever Redis does, every instance and every subscriber comes to say what the database says: within a second and a half while it is away. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../fuzz/random.js";
import { freshPostgresUrl } from "../support/databases.js";
import { askGraphQL } from "../support/graphql-client.js";
import { makeFirst, startInstance, type TestInstance } from "../support/instance.js";
import { redisUrl } from "../support/services.js";
import { startOwnRedis } from "../support/services/redis-server.js";
import type { OwnService } from "../support/services/service.js";
import { openTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { Busyness } from "./storm/busyness.js";
import { Crowd } from "./storm/crowd.js";
import { Doorbells, type Mischief } from "./storm/doorbells.js";
import { instanceDifference } from "./storm/instance-state.js";
import { History } from "./storm/positions.js";
import { Traffic } from "./storm/traffic.js";
import { readTruth, type Truth } from "./storm/truth.js";
import { flagsOf, furnishWorld, place } from "./storm/world.js";

const hasRedis = (await redisUrl("convergence whatever Redis does")) !== undefined;
const rollOut = "mutation ($input: SetRolloutInput!) { setRollout(input: $input) { version } }";
const writesEach = 5;
const subscribers = 20;
const withinMs = { redisAway: 1_500, healed: 2_500 };

describe.skipIf(!hasRedis)("two instances and their subscribers agree with the database", () => {
  const random = new Random(7);
  const doorbells = new Doorbells(random);
  const traffic = new Traffic();
  const wrong: string[] = [];
  const lines: TcpProxy[] = [];
  const instances: TestInstance[] = [];
  let redis: OwnService;
  let url: string;
  let key: (name: string) => string;
  let crowd: Crowd;
  let thousandths = 0;

  beforeAll(async () => {
    redis = (await startOwnRedis()) ?? expect.fail("There is no redis-server on the PATH.");
    url = await freshPostgresUrl();
    const { hostname, port } = new URL(redis.url);
    for (let index = 0; index < 2; index += 1) {
      const line = await openTcpProxy({ host: hostname, port: Number(port) }, doorbells.filter);
      lines.push(line);
      instances.push(await startInstance(envOf(line)));
    }
    const [here] = instances;
    if (here === undefined) return;
    const secret = await makeFirst(here, envOf(lines[0] ?? expect.fail()));
    const keys = new Map([
      ["management", secret("MANAGEMENT")],
      ["server_development", secret("SERVER", "development")],
      ["client_development", secret("CLIENT", "development")],
    ]);
    key = (name) => keys.get(name) ?? expect.fail(`There is no key ${name}.`);
    await furnishWorld(here.url, key("management"), 1);
    const { head } = await readTruth(url, 0);
    const servers = instances.map((instance, index) => ({
      name: `instance-${index + 1}`,
      url: instance.url,
      isUp: true,
    }));
    const blame = (what: string): void => void wrong.push(what);
    const revision = `${head.epoch}.${head.seq}`;
    crowd = new Crowd({
      size: subscribers,
      seed: 7,
      servers,
      key,
      traffic,
      history: new History(),
      revision,
      blame,
    });
    crowd.start();
  });

  afterAll(async () => {
    traffic.end();
    await crowd.stop();
    for (const instance of instances) await instance.app.close();
    for (const line of lines) await line.close();
    await redis.stop();
  });

  const envOf = (line: TcpProxy): Record<string, string> => ({
    DATABASE_URL: url,
    REDIS_URL: `redis://127.0.0.1:${line.port}`,
  });

  async function write(): Promise<void> {
    for (let count = 0; count < writesEach; count += 1) {
      const instance = random.pick(instances);
      thousandths += 1;
      const input = {
        flagKey: random.pick(flagsOf(0)),
        environment: place.environment,
        percent: thousandths / 1_000,
      };
      const { errors } = await askGraphQL(instance.url, rollOut, { input }, key("management"));
      expect(errors).toBeUndefined();
    }
  }

  async function differences(truth: Truth): Promise<string[]> {
    const found = await Promise.all(
      instances.map(async (instance) => instanceDifference(instance.url, key("server_development"), truth)),
    );
    return [...found.filter((how) => how !== null), ...crowd.differences(truth)];
  }

  /** Writes, and waits until all agree, which a busy machine may delay. */
  async function agreeWithin(milliseconds: number): Promise<void> {
    const busyness = new Busyness([]);
    await busyness.begin();
    await write();
    const since = performance.now();
    traffic.hold();
    const truth = await readTruth(url, 0);
    let left = await differences(truth);
    while (left.length > 0 && performance.now() - since < 10_000) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      left = await differences(truth);
    }
    const tookMs = performance.now() - since - (await busyness.soFar());
    busyness.end();
    traffic.goOn();
    expect(left).toEqual([]);
    expect(tookMs).toBeLessThan(milliseconds);
    crowd.agreed(truth);
    expect(wrong).toEqual([]);
  }

  interface Injection {
    readonly name: string;
    readonly inject: () => Promise<void> | void;
    readonly heal: () => Promise<void> | void;
  }

  const meddle = (mischief: Mischief) => (): void => {
    doorbells.mischief = mischief;
  };
  const onLines = (act: (line: TcpProxy) => void) => (): void => {
    for (const line of lines) act(line);
  };
  const healLines = onLines((line) => line.heal());
  const injections: readonly Injection[] = [
    { name: "killed", inject: async () => redis.strike("SIGKILL"), heal: async () => redis.start() },
    {
      name: "stopped",
      inject: async () => redis.strike("SIGSTOP"),
      heal: async () => redis.strike("SIGCONT"),
    },
    { name: "black-holed", inject: onLines((line) => line.blackHole()), heal: healLines },
    {
      name: "deaf to what is said to it",
      inject: onLines((line) => line.blackHole("toServer")),
      heal: healLines,
    },
    { name: "mute", inject: onLines((line) => line.blackHole("toClient")), heal: healLines },
    { name: "slow", inject: onLines((line) => line.delay(300)), heal: healLines },
    { name: "losing doorbells", inject: meddle("dropped"), heal: meddle("none") },
    { name: "ringing three times", inject: meddle("tripled"), heal: meddle("none") },
    { name: "shuffling doorbells", inject: meddle("shuffled"), heal: meddle("none") },
  ];

  it.each(injections)("while Redis is $name, and when it is well again", async ({ inject, heal }) => {
    await inject();
    await agreeWithin(withinMs.redisAway);
    await heal();
    await agreeWithin(withinMs.healed);
  });

  it("has lost, tripled and held back real doorbells", () => {
    expect(doorbells.meddledWith).toBeGreaterThan(0);
  });
});
