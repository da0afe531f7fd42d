/** The commands of `halyard`, their options and their help. */
import { Command } from "commander";
import { readVersion } from "../platform/version.js";
import type { Environment } from "../platform/config.js";
import type { ExportOptions, VerifyOptions } from "./audit.js";
import type { EvaluateOptions } from "./evaluate.js";
import type { MakeAdminOptions } from "./make-admin.js";
import type { NewEpochOptions } from "./new-epoch.js";
import type { RotateKeysOptions } from "./rotate-keys.js";

/** The program over this environment. A command is loaded when it is called: the whole server takes a while. */
export function buildProgram(env: Environment): Command {
  const program = new Command("halyard")
    .description("Self-hosted feature flags, remote configuration and experiments over live GraphQL.")
    .version(readVersion(), "--version", "print the version")
    .helpCommand(false);
  addCommandsOfOperators(program, env);
  addCommandsOfAuditors(program, env);
  addCommandsOfDevelopers(program, env);
  return program;
}

function addCommandsOfOperators(program: Command, env: Environment): void {
  program
    .command("serve")
    .description("start the server; settings come from the environment (see .env.example)")
    .option("--demo", "add the flags of a small web shop to play with")
    .action(async (options: { demo?: true }) =>
      (await import("./serve.js")).serveCommand(env, options.demo === true),
    );

  program
    .command("migrate")
    .description("bring the database up to date and stop")
    .action(async () => (await import("./migrate.js")).migrateCommand(env));

  program
    .command("make-admin")
    .description("make an administrator, or make an existing user one, and print a new password")
    .argument("<email>")
    .option("--reset-two-factor", "turn the account's second factor off, for who lost that too")
    .action(async (email: string, options: MakeAdminOptions) =>
      (await import("./make-admin.js")).makeAdminCommand(env, email, options),
    );

  program
    .command("rotate-keys")
    .description("encrypt all that is stored anew with the first key, so that older keys can be taken away")
    .option("--new", "make a key first, in DATA_DIR/secret; only with the embedded database")
    .action(async (options: RotateKeysOptions) =>
      (await import("./rotate-keys.js")).rotateKeysCommand(env, options),
    );

  program
    .command("seed-demo")
    .description("add the flags of a small web shop to the project `default`")
    .action(async () => (await import("./seed-demo.js")).seedDemoCommand(env));
}

function addCommandsOfAuditors(program: Command, env: Environment): void {
  const audit = program.command("audit").description("verify and export the audit log").helpCommand(false);
  const also = (one: string, others: readonly string[]): readonly string[] => [...others, one];

  audit
    .command("verify")
    .description("say whether the audit log is as it was written; ends with 1 where it is not")
    .option("--file <file>", "verify an export, without any database")
    .option("--public-key <key>", "check checkpoints by this key, too; may be repeated", also, [])
    .option(
      "--checkpoint <token>",
      "a checkpoint kept elsewhere, as the log has it; may be repeated",
      also,
      [],
    )
    .option("--json", "print the result as JSON")
    .action(async (options: VerifyOptions) => (await import("./audit.js")).auditVerifyCommand(env, options));

  audit
    .command("export")
    .description("print the audit log, a line of JSON for each change")
    .option("--file <file>", "write it to a file instead")
    .action(async (options: ExportOptions) => (await import("./audit.js")).auditExportCommand(env, options));

  audit
    .command("public-key")
    .description("print the keys that checkpoints are signed with, newest first")
    .action(async () => (await import("./audit.js")).auditPublicKeyCommand(env));

  audit
    .command("new-epoch")
    .description("say that the database was restored from a backup while no server was running")
    .requiredOption("--reason <text>", "why, for the audit log")
    .option("--seen <revision>", "the newest revision that was seen before, such as 1.4711")
    .action(async (options: NewEpochOptions) =>
      (await import("./new-epoch.js")).newEpochCommand(env, options),
    );
}

function addCommandsOfDevelopers(program: Command, env: Environment): void {
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
    .action(async (flag: string, options: EvaluateOptions) =>
      (await import("./evaluate.js")).evaluateCommand(env, flag, options),
    );

  program
    .command("schema")
    .description("print the GraphQL schema")
    .option("--write <file>", "write it to a file instead")
    .option("--check <file>", "fail when the file differs")
    .action(async (options: { write?: string; check?: string }) =>
      (await import("./schema.js")).schemaCommand(options),
    );
}
