/** `halyard rotate-keys`: everything that is stored encrypted, encrypted anew with the first key, so that older ones can be taken away. */
import { secretColumns } from "../parts.js";
import { note } from "../features/ledger/index.js";
import { type Cipher, createCipher, decryptOrNull } from "../platform/cipher.js";
import { type Config, type Environment, readConfig } from "../platform/config.js";
import {
  type Database,
  openDatabase,
  type SecretColumn,
  type StoredSecret,
} from "../platform/database/index.js";
import { openLog } from "../platform/log.js";
import { loadSecretKeys, prependSecretKey } from "../platform/secret-key.js";
import { StartProblem } from "../platform/start-problem.js";
import { print } from "./print.js";

/** Options of `halyard rotate-keys`. */
export interface RotateKeysOptions {
  /** Make a key first, in DATA_DIR/secret. */
  readonly new?: true;
}

export async function rotateKeysCommand(env: Environment, options: RotateKeysOptions): Promise<void> {
  const config = readConfig(env);
  if (options.new === true) refuseShared(config);
  const open = await openDatabase(config, openLog({ ...config, logLevel: "warn" }));
  try {
    await open.migrate();
    const keys = await (options.new === true ? prependSecretKey(config.dataDir) : loadSecretKeys(config));
    print(...linesOf(await rotateKeys(open.database, createCipher(keys)), keys.length));
  } finally {
    await open.close();
  }
}

/** A key that one server makes for itself is of no use to others, and of none beside SECRET_KEY. */
function refuseShared({ databaseUrl, secretKeys }: Config): void {
  if (databaseUrl === undefined && secretKeys === undefined) return;
  throw new StartProblem(
    "--new makes a key in DATA_DIR/secret, which is not used here: put a new key in front of those in SECRET_KEY",
  );
}

interface Rotation {
  readonly rotated: number;
  /** How many a server changed meanwhile. */
  readonly changed: number;
  /** How many secrets of which column no key reads. */
  readonly unreadable: ReadonlyMap<string, number>;
}

/** Row by row, each only as it was read: servers may go on changing them meanwhile. Running it again does what is left to do. */
export async function rotateKeys(database: Database, cipher: Cipher): Promise<Rotation> {
  const counts = { rotated: 0, changed: 0 };
  const unreadable = new Map<string, number>();
  for (const column of secretColumns) {
    for (const secret of await column.listOlder(database, cipher.keyIds[0] ?? "")) {
      const done = await rotateOne(database, cipher, column, secret);
      if (done === "unreadable") unreadable.set(column.name, (unreadable.get(column.name) ?? 0) + 1);
      else counts[done] += 1;
    }
  }
  return { ...counts, unreadable };
}

async function rotateOne(
  database: Database,
  cipher: Cipher,
  column: SecretColumn,
  { id, stored, purpose }: StoredSecret,
): Promise<"rotated" | "changed" | "unreadable"> {
  const plain = decryptOrNull(cipher, stored, purpose);
  if (plain === null) return "unreadable";
  const anew = cipher.encrypt(plain, purpose);
  const replaced = await note({ database }, async (tx) => column.replace(tx, id, stored, anew));
  return replaced ? "rotated" : "changed";
}

/** @throws {StartProblem} where something is left to do. */
function linesOf({ rotated, changed, unreadable }: Rotation, keys: number): readonly string[] {
  const did = `Encrypted anew with the first key: ${rotated}.`;
  if (unreadable.size > 0) {
    const lost = [...unreadable].map(([column, secrets]) => `${secrets} in ${column}`).join(", ");
    throw new StartProblem(
      `${did} No key reads ${lost}: put the key back that encrypted them, and take none away before this command says so.`,
    );
  }
  if (changed > 0) throw new StartProblem(`${did} Changed meanwhile: ${changed}; run it again`);
  if (keys === 1) return [did];
  return [
    did,
    "Nothing that is stored needs the other keys any more. Take them away, from SECRET_KEY or from DATA_DIR/secret, once ten minutes",
    "have passed since the last server started with the first key in front: access tokens that an older key signed live that long.",
  ];
}
