/** The commands of `halyard`, their options and their help. */
import { Command } from "commander";
import { readVersion } from "../platform/version.js";
import type { Environment } from "../platform/config.js";
import { evaluateCommand, type EvaluateOptions } from "./evaluate.js";
import { makeAdminCommand } from "./make-admin.js";
import { migrateCommand } from "./migrate.js";
import { schemaCommand } from "./schema.js";
import { seedDemoCommand } from "./seed-demo.js";
import { serveCommand } from "./serve.js";

/** The program over this environment; nothing runs before it is parsed. */
export function buildProgram(env: Environment): Command {
  const program = new Command("halyard")
    .description("Self-hosted feature flags, remote configuration and experiments over live GraphQL.")
    .version(readVersion(), "--version", "print the version")
    .helpCommand(false);

  program
    .command("serve")
    .description("start the server; settings come from the environment (see .env.example)")
    .option("--demo", "add the flags of a small web shop to play with")
    .action(async (options: { demo?: true }) => serveCommand(env, options.demo === true));

  program
    .command("migrate")
    .description("bring the database up to date and stop")
    .action(async () => migrateCommand(env));

  program
    .command("make-admin")
    .description("make an administrator, or make an existing user one, and print a new password")
    .argument("<email>")
    .action(async (email: string) => makeAdminCommand(env, email));

  program
    .command("seed-demo")
    .description("add the flags of a small web shop to the project `default`")
    .action(async () => seedDemoCommand(env));

  program
    .command("evaluate")
    .description("evaluate a flag against the database and print the answer as JSON")
    .argument("<flag>")
    .option(
      "--context <json>",
      'evaluation context, for example {"targetingKey":"user-1","country":"DE"}',
      "{}",
    )
    .option("--project <key>", "project", "default")
    .option("--environment <key>", "environment", "development")
    .option("--explain", "print every step that led to the answer")
    .action(async (flag: string, options: EvaluateOptions) => evaluateCommand(env, flag, options));

  program
    .command("schema")
    .description("print the GraphQL schema")
    .option("--write <file>", "write it to a file instead")
    .option("--check <file>", "fail when the file differs")
    .action(async (options: { write?: string; check?: string }) => schemaCommand(options));

  return program;
}
