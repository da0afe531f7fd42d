#!/usr/bin/env node
/** The roof: the only reader of the environment, the arguments and the signals. */
import "reflect-metadata";
import { exitCodeOf, explainFailure } from "./cli/failure.js";
import { buildProgram } from "./cli/program.js";

try {
  await buildProgram(process.env).parseAsync(process.argv);
} catch (error) {
  process.stderr.write(`${explainFailure(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
