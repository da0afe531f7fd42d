/** Breaks the definition of one flag behind everybody's back, as a hand in the database or a bug of another version might. */
import postgres from "postgres";
import type { Fault } from "./fault.js";
import { place, poisonedFlag } from "./world.js";

const broken = JSON.stringify([{ id: "broken", when: { operator: 7 }, serve: { split: "none" } }]);

/** `touch` makes the servers read the flag again: of a row that nobody names they would hear later. */
export function poison(url: string, touch: () => Promise<void>): Fault {
  return {
    name: "a flag's row is broken",
    victims: ["row", "postgres"],
    inject: async () => {
      await setRules(url, broken);
      await touch();
    },
    heal: async () => {
      await setRules(url, "[]");
      await touch();
    },
  };
}

async function setRules(url: string, rules: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await sql`update flag_environments set rules = ${rules}::text::jsonb
      where project = ${place.project} and flag = ${poisonedFlag} and environment = ${place.environment}`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
