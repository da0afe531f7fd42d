/** `halyard audit new-epoch`: after a restore with every instance down. */
import { randomUUID } from "node:crypto";
import { beginEpoch, revisionOf } from "../features/ledger/index.js";
import { cliCaller } from "../features/permissions/index.js";
import type { Environment } from "../platform/config.js";
import { print } from "./print.js";
import { withApp } from "./with-app.js";

/** Options of `halyard audit new-epoch`. */
export interface NewEpochOptions {
  readonly reason: string;
  readonly seen?: string;
}

export async function newEpochCommand(env: Environment, options: NewEpochOptions): Promise<void> {
  await withApp(env, async ({ tools }) => {
    const { restored, epoch } = await beginEpoch(tools, cliCaller(randomUUID()), options);
    print(
      `The ledger was restored up to revision ${revisionOf(restored)}; epoch ${epoch} begins after it.`,
      "Clients that hold a revision of the history that was given up get everything anew.",
    );
  });
}
