/** `halyard seed-demo` and `serve --demo`: the flags of a small web shop, in the project `default`. */
import { randomUUID } from "node:crypto";
import type { ServerTools } from "../api/graphql/context.js";
import { createFlag } from "../features/flags/index.js";
import { type Caller, cliCaller } from "../features/permissions/index.js";
import { createSegment } from "../features/segments/index.js";
import type { Environment } from "../platform/config.js";
import { shopFlags, shopSegments } from "./demo/shop.js";
import { firstStart } from "./first-start.js";
import { print } from "./print.js";
import { unlessThere } from "./unless-there.js";
import { createSecretPrinter, tipLines } from "./welcome.js";
import { withApp } from "./with-app.js";

export async function seedDemoCommand(env: Environment): Promise<void> {
  await withApp(env, async ({ tools }, config) => {
    const caller = cliCaller(randomUUID());
    const made = await firstStart(tools, caller, config, createSecretPrinter());
    if (made !== null) print(...tipLines(made, `http://${config.host}:${config.port}`));
    const added = await seedDemo(tools, caller);
    print(added.length === 0 ? "The demo's flags are there already." : `Added ${added.join(", ")}.`);
  });
}

/** Adds what is missing of the demo and gives the keys of the flags that were. What exists is left alone. */
export async function seedDemo(tools: ServerTools, caller: Caller): Promise<string[]> {
  for (const segment of shopSegments) await unlessThere(async () => createSegment(tools, caller, segment));
  const added: string[] = [];
  for (const flag of shopFlags(tools.now())) {
    if (await unlessThere(async () => createFlag(tools, caller, flag))) added.push(flag.key);
  }
  return added;
}
