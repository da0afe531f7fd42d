#!/usr/bin/env node
/** The roof: the only reader of the environment, the arguments and the signals. */
import "reflect-metadata";
import { existsSync } from "node:fs";
import { exitCodeOf, explainFailure } from "./cli/failure.js";
import { buildProgram } from "./cli/program.js";

process.stdout.on("error", endWithReader);
try {
  if (existsSync(".env")) process.loadEnvFile(); // what the environment says already wins
  await buildProgram(process.env).parseAsync(process.argv);
} catch (error) {
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

/** `halyard schema | head`: whoever reads the output may go when they have seen enough. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}
