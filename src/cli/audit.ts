/** `halyard audit`: what an auditor needs, with the server's database or with nothing but a file. */
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { access } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  createCheckpointKeys,
  exportLedger,
  isPublicKey,
  openLedgerFile,
  readTokens,
  storedLedger,
  type Verification,
  verifyLedger,
} from "../features/ledger/index.js";
import { type Environment, readConfig } from "../platform/config.js";
import { type Database, isOutOfDate, openDatabase } from "../platform/database/index.js";
import { Mistakes } from "../platform/input.js";
import { openLog } from "../platform/log.js";
import { quote } from "../platform/problems.js";
import { loadSecretKeys } from "../platform/secret-key.js";
import { StartProblem } from "../platform/start-problem.js";
import { describeVerification, jsonOfVerification } from "./audit-report.js";
import { print } from "./print.js";

/** Options of `halyard audit verify`. */
export interface VerifyOptions {
  readonly file?: string;
  readonly publicKey: readonly string[];
  readonly checkpoint: readonly string[];
  readonly json?: true;
}

/** Ends with 1 where something was found. */
export async function auditVerifyCommand(env: Environment, options: VerifyOptions): Promise<void> {
  const mistakes = new Mistakes();
  const checkpoints = readTokens("--checkpoint", options.checkpoint, mistakes);
  for (const given of options.publicKey.filter((key) => !isPublicKey(key))) {
    mistakes.add(
      "--public-key",
      `must be a key as \`halyard audit public-key\` prints it, got ${quote(given)}.`,
    );
  }
  mistakes.throwIfAny();
  const given = { publicKeys: options.publicKey, checkpoints };
  const verification =
    options.file === undefined ? await verifyStored(env, given) : await verifyFile(options.file, given);
  const trustsFile = options.file !== undefined && options.publicKey.length === 0;
  print(
    ...(options.json === true
      ? [jsonOfVerification(verification)]
      : describeVerification(verification, trustsFile)),
  );
  if (verification.findingCount > 0) process.exitCode = 1;
}

type Given = Parameters<typeof verifyLedger>[1];

async function verifyStored(env: Environment, given: Given): Promise<Verification> {
  return withDatabase(env, async (database, own) =>
    verifyLedger(storedLedger(database), { ...given, publicKeys: [...own, ...given.publicKeys] }),
  );
}

async function verifyFile(path: string, given: Given): Promise<Verification> {
  await access(path).catch((error: unknown) => {
    throw new StartProblem(`${path} cannot be read: ${String(error)}`, { cause: error });
  });
  const lines = () => createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  const { source, publicKeys } = await openLedgerFile(lines);
  return verifyLedger(source, {
    ...given,
    publicKeys: given.publicKeys.length > 0 ? given.publicKeys : publicKeys,
  });
}

/** Options of `halyard audit export`. */
export interface ExportOptions {
  readonly file?: string;
}

export async function auditExportCommand(env: Environment, { file }: ExportOptions): Promise<void> {
  await withDatabase(env, async (database, publicKeys) => {
    const lines = withNewlines(exportLedger(database, publicKeys));
    if (file === undefined) {
      for await (const line of lines) if (!process.stdout.write(line)) await once(process.stdout, "drain");
    } else {
      await pipeline(Readable.from(lines), createWriteStream(file, { mode: 0o600 }));
    }
  });
}

async function* withNewlines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/** Newest first, a line each. */
export async function auditPublicKeyCommand(env: Environment): Promise<void> {
  print(...createCheckpointKeys(await loadSecretKeys(readConfig(env))).publicKeys);
}

const notMigrated =
  "The database has no tables of Halyard's, or those of an older release: run `halyard migrate` first.";

/** Changes nothing in a database that others use: its tables are not brought up to date. */
async function withDatabase<T>(
  env: Environment,
  work: (database: Database, publicKeys: readonly string[]) => Promise<T>,
): Promise<T> {
  const config = readConfig(env);
  const open = await openDatabase(config, openLog({ ...config, logLevel: "warn" }));
  try {
    if (open.kind === "pglite") await open.migrate();
    const { publicKeys } = createCheckpointKeys(await loadSecretKeys(config));
    return await work(open.database, publicKeys);
  } catch (error) {
    throw isOutOfDate(error) ? new StartProblem(notMigrated, { cause: error }) : error;
  } finally {
    await open.close();
  }
}
