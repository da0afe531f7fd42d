/** From the start of the process to ready, on the embedded database. */
import { spawn } from "node:child_process";
import { type Figure, figureOf, type Round } from "./figure.js";
import { startBuiltServer } from "./server.js";

const firstStarts = 3;
const warmStarts = 5;

export async function startBench(): Promise<readonly Figure[]> {
  const first: Round[] = [];
  const warm: Round[] = [];
  for (let round = 0; round < firstStarts; round += 1) {
    const server = await startBuiltServer();
    first.push({ value: server.readyAfterMs, reference: await bareNode() });
    await server.stop({ keep: true });
    for (let again = 0; again < warmStarts; again += 1) {
      const next = await startBuiltServer(server.folder);
      warm.push({ value: next.readyAfterMs, reference: await bareNode() });
      await next.stop({ keep: again < warmStarts - 1 });
    }
  }
  const reference = "an empty node process";
  return [
    figureOf("first start to ready, embedded", "ms", reference, first),
    figureOf("next start to ready, embedded", "ms", reference, warm),
  ];
}

async function bareNode(): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, ["-e", "0"]);
  await new Promise((resolve) => child.on("close", resolve));
  return performance.now() - started;
}
