/** The ledger as a file: exported as it is stored, verified without the database, and refused when it is none. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createCheckpointKeys,
  exportLedger,
  openLedgerFile,
  storedLedger,
  type Verification,
  verifyLedger,
} from "../../../src/features/ledger/index.js";
import type { Checkpoint } from "../../../src/features/ledger/checkpoint.js";
import { eraseChanges } from "../../../src/features/ledger/erase-changes.js";
import { signLedger } from "../../../src/features/ledger/sign-ledger.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import { adminCaller } from "../../support/tools.js";
import { entry, ledgerTools, record, recordLongAgo, secretKeys } from "./ledger-fixture.js";

const keys = createCheckpointKeys(secretKeys);
let open: OpenDatabase;
let lines: string[];
let checkpoint: Checkpoint;

beforeAll(async () => {
  open = await freshDatabase();
  const tools = ledgerTools(open.database);
  await recordLongAgo(open.database, 1, 450);
  const signing = await signLedger({ database: open.database, keys });
  if (signing.kind !== "signed") throw new Error("not signed");
  ({ checkpoint } = signing);
  const [id = ""] = await record(tools, entry({ reason: "Line\nbreak \u2028 and “quotes”" }), entry());
  await eraseChanges(tools, adminCaller(), { changeIds: [id] });
  lines = [];
  for await (const line of exportLedger(open.database, keys.publicKeys)) lines.push(line);
});
afterAll(async () => open.close());

async function* each(of: readonly string[]): AsyncGenerator<string> {
  yield* of;
  await Promise.resolve();
}

async function verified(of: readonly string[], ...checkpoints: Checkpoint[]): Promise<Verification> {
  const { source, publicKeys } = await openLedgerFile(() => each(of));
  return verifyLedger(source, { publicKeys, checkpoints });
}

describe("an exported ledger", () => {
  it("is what is stored: a header, 453 rows and a checkpoint", async () => {
    expect(lines).toHaveLength(455);
    const evidence = { publicKeys: keys.publicKeys };
    const stored = await verifyLedger(storedLedger(open.database), evidence);
    expect(await verified(lines)).toEqual(stored);
    expect(stored).toMatchObject({ rows: 453, checkpoints: 1, findingCount: 0 });
  });

  it("is read with empty lines and ends of other systems", async () => {
    expect(await verified([...lines.map((line) => `${line}\r`), "", " "])).toMatchObject({ findingCount: 0 });
  });

  it("shows what was cut off and what was left out", async () => {
    const head = lines.slice(0, 101);
    const cut = await verified(head, checkpoint);
    expect(cut.findings).toMatchObject([
      { seq: 450, problem: expect.stringContaining("newest is row 100") as unknown },
    ]);
    expect((await verified(lines.toSpliced(200, 1))).findings).toMatchObject([{ seq: 201 }]);
    const unexplained = await verified(lines.toSpliced(453, 1));
    expect(unexplained.findings).toMatchObject([
      { seq: 451, problem: expect.stringContaining("emptied") as unknown },
    ]);
  });

  it("keeps the first hundred findings, and counts the others", async () => {
    const edited = lines.map((line) => line.replace("alice@", "bob@"));
    const { findings, findingCount } = await verified(edited);
    expect([findings.length, findingCount]).toEqual([100, 451]);
  });

  it.each<[string, (given: string[]) => string[], string]>([
    ["nothing", () => [], "does not begin"],
    ["rows without a header", (given) => given.slice(1), "line 1"],
    ["another format", (given) => given.with(0, '{"format":"other"}'), "line 1"],
    [
      "a header with keys that are none",
      (given) => given.with(0, '{"format":"halyard-audit.v1","publicKeys":["x"]}'),
      "line 1",
    ],
    ["two headers", (given) => given.with(3, given[0] ?? ""), "line 4"],
    ["a row that lacks something", (given) => given.with(3, '{"seq":3}'), "line 4"],
    ["half a row", (given) => given.with(3, given[3]?.slice(0, 99) ?? ""), "line 4"],
    ["a checkpoint that is none", (given) => given.with(454, '{"checkpoint":"x"}'), "line 455"],
  ])("is not %s", async (_what, spoil, where) => {
    await expect(openLedgerFile(() => each(spoil(lines)))).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringContaining(where) as unknown,
    });
  });
});
