/** Sixteen writers at one flag, at two instances: whoever builds on what is no longer so is told, and nobody's change disappears. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { bodyOf, listChangesAfter } from "../../src/features/ledger/index.js";
import { freshPostgresUrl } from "../support/databases.js";
import { makeFirst, startInstance, type TestInstance } from "../support/instance.js";
import { verifyChain } from "../support/verify-chain.js";

const writers = 16;
const attempts = 6;
const flagKey = "contested";

let instances: readonly [TestInstance, TestInstance];
let management = "";

beforeAll(async () => {
  const env = { DATABASE_URL: await freshPostgresUrl(), RATE_LIMIT_MANAGEMENT: "0" };
  const first = await startInstance(env);
  management = (await makeFirst(first, env))("MANAGEMENT");
  instances = [first, await startInstance(env)];
  const create = `mutation { createFlag(input: { key: "${flagKey}" }) { id } }`;
  expect((await first.graphql(create, {}, management)).errors).toBeUndefined();
});
afterAll(async () => {
  await Promise.all(instances.map(async ({ app }) => app.close()));
});

interface Subject {
  readonly name: string;
  readonly read: string;
  readonly write: string;
  readonly kind: string;
  /** What a writer sends beside the flag's key and the version. */
  readonly inputOf: (word: string) => object;
}

const subjects: readonly Subject[] = [
  {
    name: "the shared part of a flag",
    read: `{ flag(key: "${flagKey}") { version } }`,
    write: `mutation ($input: UpdateFlagInput!) { at: updateFlag(input: $input) { version } }`,
    kind: "flag.updated",
    inputOf: (word) => ({ description: word }),
  },
  {
    name: "its settings in production",
    read: `{ flag(key: "${flagKey}") { environment(key: "production") { version } } }`,
    write: `mutation ($input: SetTargetsInput!) { at: setTargets(input: $input) { version } }`,
    kind: "flag.targets_set",
    inputOf: (word) => ({ environment: "production", targets: [{ variant: "on", values: [word] }] }),
  },
];

/** Reads the version and builds on it, again and again; gives what each attempt came to: the new version, or the code of the refusal. */
async function writeOften({ read, write, inputOf }: Subject, writer: number): Promise<(number | string)[]> {
  const outcomes: (number | string)[] = [];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { graphql } = instances[(writer + attempt) % 2] ?? instances[0];
    const now = await graphql<{ flag: Versions }>(read, {}, management);
    const input = { flagKey, expectedVersion: versionIn(now.data?.flag), ...inputOf(`${writer}-${attempt}`) };
    const { data, errors } = await graphql<{ at: Versions }>(write, { input }, management);
    outcomes.push(errors?.[0]?.extensions.code ?? versionIn(data?.at));
  }
  return outcomes;
}

interface Versions {
  readonly version?: number;
  readonly environment?: { readonly version: number };
}

function versionIn(found: Versions | undefined): number {
  return found?.environment?.version ?? found?.version ?? -1;
}

it.each(subjects)("no update of $name is lost", async (subject) => {
  const { read, kind } = subject;
  const version = async () =>
    versionIn((await instances[0].graphql<{ flag: Versions }>(read, {}, management)).data?.flag);
  const before = await version();
  const outcomes = (
    await Promise.all(Array.from({ length: writers }, async (_, writer) => writeOften(subject, writer)))
  ).flat();

  const refused = outcomes.filter((outcome) => typeof outcome === "string");
  const made = outcomes.filter((outcome) => typeof outcome === "number").toSorted((a, b) => a - b);
  expect(new Set(refused)).toEqual(new Set(["CONFLICT"]));
  expect(made.length).toBeGreaterThanOrEqual(attempts);
  expect(made).toEqual(Array.from({ length: made.length }, (_, index) => before + 1 + index));
  expect(await version()).toBe(before + made.length);

  const { database } = instances[0].app.tools;
  const rows = (await listChangesAfter(database, 0, Number.MAX_SAFE_INTEGER, 1_000)).filter(
    (row) => row.subject === flagKey && row.kind === kind,
  );
  expect(rows).toHaveLength(made.length);
  for (const [index, row] of rows.entries()) {
    const former = rows[index - 1];
    if (former !== undefined) expect(bodyOf(row).before).toEqual(bodyOf(former).after);
  }
  expect(await verifyChain(database)).toBeNull();
});
