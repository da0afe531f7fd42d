/** Everything that is done to the installation, and how it is undone. */
import type { Random } from "../../fuzz/random.js";
import { askGraphQL } from "../../support/graphql-client.js";
import type { Direction, TcpProxy } from "../../support/tcp-proxy.js";
import type { Cluster } from "./cluster.js";
import type { Crowd } from "./crowd.js";
import type { Mischief } from "./doorbells.js";
import { poison } from "./poison.js";
import type { Fault } from "./fault.js";
import { falseDoorbells } from "./false-doorbells.js";
import { replacedHistory } from "./replaced-history.js";
import type { Server } from "./server.js";
import { poisonedFlag } from "./world.js";

export interface Scene {
  readonly cluster: Cluster;
  readonly crowd: Crowd;
  /** Of an administrator. */
  readonly key: string;
  readonly random: Random;
  readonly blame: (what: string) => void;
  readonly historyReplaced: () => void;
}

/** One of each kind. */
export function allFaults(scene: Scene): readonly Fault[] {
  const { cluster } = scene;
  return [
    ...serviceFaults("redis", "Redis", cluster.redis, cluster),
    ...serviceFaults("postgres", "PostgreSQL", cluster.postgres, cluster),
    ...lineFaults(scene, "redis", "Redis", 300),
    ...lineFaults(scene, "postgres", "PostgreSQL", 100),
    ...(["dropped", "tripled", "shuffled"] as const).map((mischief) => doorbellFault(cluster, mischief)),
    falseDoorbells(cluster.redis.url, scene.random),
    ...serverFaults(scene),
    bothAway(cluster),
    startedAlone(scene),
    pausedSockets(scene),
    replacedHistory(cluster.postgres, scene.historyReplaced),
    poison(cluster.postgres.url, async () => touchFlag(scene)),
  ];
}

/** Makes every server read the flag again, if one of them can be reached. */
async function touchFlag({ cluster, key, random }: Scene): Promise<void> {
  const mutation = "mutation ($input: UpdateFlagInput!) { updateFlag(input: $input) { version } }";
  const description = `touched ${random.below(1_000_000)}`;
  const server = cluster.servers.find(({ isUp }) => isUp);
  if (server === undefined) return;
  await askGraphQL(server.url, mutation, { input: { flagKey: poisonedFlag, description } }, key).catch(
    () => undefined,
  );
}

interface Struck {
  readonly start: () => Promise<void>;
  readonly strike: (blow: "SIGKILL" | "SIGSTOP" | "SIGCONT") => Promise<void>;
}

function serviceFaults(
  victim: "redis" | "postgres",
  name: string,
  service: Struck,
  { servers }: Cluster,
): Fault[] {
  const victims = [victim];
  const lines = servers.map((server) => server[victim]);
  return [
    {
      name: `${name} is killed`,
      victims,
      inject: async () => {
        await service.strike("SIGKILL");
        for (const line of lines) line.drop(); // what was on its way is gone with it
      },
      heal: async () => service.start(),
    },
    {
      name: `${name} stands still`,
      victims,
      inject: async () => service.strike("SIGSTOP"),
      heal: async () => service.strike("SIGCONT"),
    },
    {
      name: `${name} is restarted`,
      victims,
      inject: async () => {
        await service.strike("SIGKILL");
        await service.start();
      },
      heal: () => undefined,
    },
  ];
}

function lineFaults(
  { cluster, random }: Scene,
  victim: "redis" | "postgres",
  name: string,
  delayMs: number,
): Fault[] {
  const lines = cluster.servers.map((server) => server[victim]);
  const one = (): TcpProxy => random.pick(lines);
  const fault = (what: string, inject: () => void): Fault => ({
    name: `lines to ${name} ${what}`,
    victims: [victim],
    inject,
    heal: () => {
      for (const line of lines) line.heal();
    },
  });
  const deaf = (direction: Direction) => (): void => one().blackHole(direction);
  return [
    fault("swallow everything", () => {
      for (const line of lines) line.blackHole();
    }),
    fault("swallow everything at one server", () => one().blackHole()),
    fault("swallow what it says to one server", deaf("toClient")),
    fault("swallow what one server says", deaf("toServer")),
    fault("are cut", () => {
      for (const line of lines) line.cut();
    }),
    fault("are cut and made anew at once", () => {
      for (const line of lines) line.drop();
    }),
    fault(`are ${delayMs} ms slow`, () => {
      for (const line of lines) line.delay(delayMs);
    }),
  ];
}

function doorbellFault({ doorbells }: Cluster, mischief: Mischief): Fault {
  return {
    name: `doorbells are ${mischief}`,
    victims: ["redis"],
    inject: () => {
      doorbells.mischief = mischief;
    },
    heal: () => {
      doorbells.mischief = "none";
    },
  };
}

/** The witness is paused only; the others are ended and started again. */
function serverFaults({ cluster, random, blame }: Scene): Fault[] {
  let struck: Server | undefined;
  const mortal = (): Server => (struck = random.pick(cluster.servers.slice(1)));
  const startAgain = async (): Promise<void> => struck?.start();
  return [
    {
      name: "a server is killed",
      victims: ["servers"],
      inject: async () => void (await mortal().end("SIGKILL")),
      heal: startAgain,
    },
    {
      name: "a server is asked to end",
      victims: ["servers"],
      inject: async () => {
        const server = mortal();
        const code = await server.end("SIGTERM");
        if (code !== 0) blame(`${server.name} was asked to end, and did with ${code ?? "a signal"}`);
      },
      heal: startAgain,
    },
    {
      name: "a server stands still",
      victims: ["servers"],
      inject: () => {
        struck = random.pick(cluster.servers);
        struck.pause();
      },
      heal: () => struck?.goOn(),
    },
  ];
}

function bothAway({ postgres, redis }: Cluster): Fault {
  return {
    name: "PostgreSQL and Redis are killed",
    victims: ["postgres", "redis"],
    inject: async () => {
      await Promise.all([postgres.strike("SIGKILL"), redis.strike("SIGKILL")]);
    },
    heal: async () => {
      await Promise.all([postgres.start(), redis.start()]);
    },
  };
}

/** From what it kept on its disk: nobody is there to tell it anything. */
function startedAlone({ cluster, random, blame }: Scene): Fault {
  const { postgres, redis, servers } = cluster;
  return {
    name: "a server is started while PostgreSQL and Redis are away",
    victims: ["postgres", "redis", "servers"],
    inject: async () => {
      const server = random.pick(servers.slice(1));
      await Promise.all([postgres.strike("SIGKILL"), redis.strike("SIGKILL"), server.end("SIGKILL")]);
      const failed = server.failedStarts;
      await server.start();
      if (server.failedStarts > failed) blame(`${server.name} did not start alone at once`);
    },
    heal: async () => {
      await Promise.all([postgres.start(), redis.start()]);
    },
  };
}

function pausedSockets({ crowd, random }: Scene): Fault {
  const paused = crowd.members.filter(() => random.chance(0.1));
  return {
    name: "a tenth of the subscribers read nothing",
    victims: ["sockets"],
    inject: () => {
      for (const member of paused) member.pause();
    },
    heal: () => {
      for (const member of paused) member.goOn();
    },
  };
}
