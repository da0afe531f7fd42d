/** The secret behind an environment's proofs: made once, shown once, kept where nobody reads it. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { proofsOf } from "../../../src/features/environments/context-proof.queries.js";
import { createEnvironment } from "../../../src/features/environments/create-environment.js";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { getEnvironment } from "../../../src/features/environments/environment.queries.js";
import {
  rotateContextProofSecret,
  type RotateContextProofSecret,
} from "../../../src/features/environments/rotate-context-proof-secret.js";
import { updateEnvironment } from "../../../src/features/environments/update-environment.js";
import { createCipher } from "../../../src/platform/cipher.js";
import { type OpenDatabase, rowsOf } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import {
  clearDatabase,
  keyCaller,
  recorded,
  seedProject,
  testTools,
  userCaller,
} from "../../support/tools.js";

const cipher = createCipher(["b2xkLWtleS1vZi10aGUtdGVzdHMtb25seS0wMTIzNDU2Nzg5"]);
const environment = "staging";
const manager = userCaller("MANAGER");
const hour = 3_600_000;

let open: OpenDatabase;
let tools: ReturnType<typeof makeTools>;

function makeTools() {
  return { ...testTools(open.database), cipher };
}

beforeAll(async () => {
  open = await freshDatabase();
});
afterAll(async () => open.close());
beforeEach(async () => {
  tools = makeTools();
  await clearDatabase(open.database);
  await seedProject(tools);
});

const rotate = async (input: Partial<RotateContextProofSecret> = {}) =>
  rotateContextProofSecret(tools, manager, { environment, ...input });
const requireProofs = async (requireContextProof = true) =>
  updateEnvironment(tools, manager, { environment, requireContextProof });

/** What counts in staging once it asks for proofs. */
async function counting() {
  const { id } = await getEnvironment(tools, manager, null, environment);
  return (await proofsOf(open.database, cipher, "default")).get(id);
}

describe("rotateContextProofSecret", () => {
  it("makes 256 random bits, shown once and stored encrypted, bound to the environment", async () => {
    const first = await rotate();
    expect(Buffer.from(first.secret, "base64url")).toHaveLength(32);
    expect(first.environment).toMatchObject({ key: "staging", version: 2, requireContextProof: false });
    const [row] = rowsOf(
      await open.database.execute(sql`select * from environments where key = ${environment}`),
    );
    const stored = String(row?.["context_proof_secret"]);
    expect(JSON.stringify(row)).not.toContain(first.secret);
    expect(cipher.decrypt(stored, `context proofs of environment ${first.environment.id}`)).toBe(
      first.secret,
    );
    expect(() => cipher.decrypt(stored, "context proofs of environment another")).toThrow("authenticate");
  });

  it("is told by the ledger without the secret", async () => {
    const { secret } = await rotate({ reason: "browsers" });
    const { secret: next } = await rotate({ overlapSeconds: 3_600 });
    const rows = (await recorded(tools)).slice(-2);
    expect(rows).toMatchObject([
      {
        kind: "environment.context_proof_secret_rotated",
        subject: "staging",
        environment: "staging",
        after: { previousExpiresAt: null },
        reason: "browsers",
      },
      { after: { previousExpiresAt: new Date(tools.now() + hour).toISOString() } },
    ]);
    for (const shown of [secret, next]) expect(JSON.stringify(await recorded(tools))).not.toContain(shown);
  });

  it("lets the secret before count for the overlap, a day unless told otherwise, and no other", async () => {
    const secrets: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) secrets.push((await rotate()).secret);
    await requireProofs();
    expect(await counting()).toEqual({
      secrets: [
        { secret: secrets[2], until: Infinity },
        { secret: secrets[1], until: tools.now() + 24 * hour },
      ],
      unreadable: 0,
    });
    const { secret } = await rotate({ overlapSeconds: 0 });
    expect(await counting()).toEqual({ secrets: [{ secret, until: Infinity }], unreadable: 0 });
  });

  it("leaves nothing of its columns on what use cases hand about", async () => {
    await rotate();
    const columns = ["contextProofSecret", "previousContextProofSecret", "previousContextProofExpiresAt"];
    const handed = [
      await getEnvironment(tools, manager, null, environment),
      await updateEnvironment(tools, manager, { environment, name: "Stage" }),
      (await rotate()).environment,
      await createEnvironment(tools, manager, { key: "qa", copyFrom: environment }),
      await deleteEnvironment(tools, manager, { environment }),
    ];
    for (const one of handed) for (const column of columns) expect(one).not.toHaveProperty(column);
  });

  it("needs the role MANAGER and, where the environment asks for it, the version", async () => {
    for (const caller of [userCaller("DEVELOPER"), keyCaller({ role: "VIEWER" })]) {
      const refused = rotateContextProofSecret(tools, caller, { environment });
      await expect(refused).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
    const stranger = userCaller(null, { other: "ADMIN" });
    await expect(rotateContextProofSecret(tools, stranger, { environment })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(rotate({ environment: "nowhere" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(rotate({ environment: "production" })).rejects.toMatchObject({
      code: "PRECONDITION_REQUIRED",
    });
    await expect(rotate({ expectedVersion: 7 })).rejects.toMatchObject({ code: "CONFLICT" });
    await rotate({ environment: "production", expectedVersion: 1 });
  });

  it.each([-1, 1.5, 2_592_001, Number.NaN])("refuses an overlap of %d seconds", async (overlapSeconds) => {
    await expect(rotate({ overlapSeconds })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: [{ path: "input.overlapSeconds" }] },
    });
  });
});

describe("requireContextProof", () => {
  it("is refused before there is a secret, so that nobody locks their browsers out", async () => {
    await expect(requireProofs()).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("rotateContextProofSecret") as string,
    });
    await rotate();
    expect(await requireProofs()).toMatchObject({ requireContextProof: true, version: 3 });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "environment.updated",
      before: { requireContextProof: false },
      after: { requireContextProof: true },
    });
    expect(await requireProofs(false)).toMatchObject({ requireContextProof: false });
    expect(await counting()).toBeUndefined();
  });

  it("may be asked of a new environment, which has no browsers yet; secrets are never copied", async () => {
    await rotate();
    await requireProofs();
    const qa = await createEnvironment(tools, manager, { key: "qa", copyFrom: environment });
    expect(qa.requireContextProof).toBe(false);
    const live = await createEnvironment(tools, manager, {
      key: "live",
      copyFrom: environment,
      requireContextProof: true,
    });
    expect((await proofsOf(open.database, cipher, "default")).get(live.id)).toEqual({
      secrets: [],
      unreadable: 0,
    });
    expect((await recorded(tools)).at(-1)?.after).toMatchObject({ requireContextProof: true });
  });

  it("counts secrets that no key reads", async () => {
    await rotate();
    await rotate();
    await requireProofs();
    const { id } = await getEnvironment(tools, manager, null, environment);
    const other = createCipher(["bmV3LWtleS1vZi10aGUtdGVzdHMtb25seS05ODc2NTQzMjEw"]);
    expect((await proofsOf(open.database, other, "default")).get(id)).toEqual({ secrets: [], unreadable: 2 });
  });
});
