/** Rings when nobody has committed anything: for what is long read, for what will never be, and nonsense. */
import { Redis } from "ioredis";
import type { Random } from "../../fuzz/random.js";
import type { Fault } from "./fault.js";

const channel = "halyard:doorbell:0";
const everyMs = 20;

export function falseDoorbells(url: string, random: Random): Fault {
  let redis: Redis | undefined;
  let timer: NodeJS.Timeout | undefined;
  const anyMessage = (): string =>
    random.pick([
      JSON.stringify({ epoch: 1, seq: random.below(100) }),
      JSON.stringify({ epoch: 1, seq: 1_000_000_000 }),
      JSON.stringify({ epoch: 0, seq: 0 }),
      JSON.stringify({ epoch: "one" }),
      "not JSON",
    ]);
  return {
    name: "doorbells ring for nothing",
    victims: ["redis"],
    inject: () => {
      const client = new Redis(url);
      client.on("error", () => undefined);
      redis = client;
      timer = setInterval(() => void client.publish(channel, anyMessage()).catch(() => undefined), everyMs);
    },
    heal: () => {
      clearInterval(timer);
      redis?.disconnect();
    },
  };
}
