/** createFlag: a new flag with its variants, off everywhere unless its settings say otherwise. */
import type { FlagType } from "../../evaluation/index.js";
import type { Transaction } from "../../platform/database/index.js";
import { description, Mistakes, name, publicKey, reason as readReason } from "../../platform/input.js";
import { notFound, quote } from "../../platform/problems.js";
import { type Environment, environmentsOf } from "../environments/index.js";
import { type LedgerTools, type RecordEntry, write } from "../ledger/index.js";
import { type Caller, permit, type Permit } from "../permissions/index.js";
import { checkFlagKey, findProject, holdProject, type Project } from "../projects/index.js";
import { checkReferences } from "./check-references.js";
import { findOwnerId } from "./find-owner.js";
import type { Flag, FlagKind } from "./flag.js";
import { flagRecord, subjectOf } from "./flag-difference.js";
import { insertFlagEnvironments, type NewFlagEnvironment } from "./flag-environment.store.js";
import { readTags, readVariants, type VariantInput } from "./flag-input.js";
import { defaultSettings, readSettings, type SettingsInput } from "./flag-settings.js";
import { insertFlag, type NewFlag } from "./flag.store.js";
import { readValueSchema, valueReader } from "./flag-values.js";
import type { Reference } from "../segments/index.js";
import { recordedSettings } from "./settings-record.js";

/** What a new flag does in one environment. */
export interface FlagSettings extends SettingsInput {
  readonly environment: string;
}

export interface CreateFlag {
  readonly key: string;
  /** The key when absent. */
  readonly name?: string | null | undefined;
  /** BOOLEAN when absent. */
  readonly type?: FlagType | undefined;
  /** RELEASE when absent. */
  readonly kind?: FlagKind | undefined;
  readonly description?: string | null | undefined;
  readonly tags?: readonly string[] | null | undefined;
  /** E-mail. */
  readonly owner?: string | null | undefined;
  /** BOOLEAN flags have `on` and `off` when absent. */
  readonly variants?: readonly VariantInput[] | null | undefined;
  /** JSON Schema that every variant's value satisfies. */
  readonly valueSchema?: unknown;
  /** true when absent. */
  readonly clientVisible?: boolean | null | undefined;
  readonly environments?: readonly FlagSettings[] | null | undefined;
  readonly project?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

/**
 * Throws NOT_FOUND for a project, environment or owner, FORBIDDEN where it is to be enabled and the caller may not configure,
 * BAD_USER_INPUT with every mistake, ALREADY_EXISTS for a key that is taken in whatever case.
 */
export async function createFlag(tools: LedgerTools, caller: Caller, input: CreateFlag): Promise<Flag> {
  const project = await findProject(tools, caller, input.project);
  const proof = permit(caller, "flag:create", { project: project.key });
  return write(tools, proof, async (tx, record) => addFlag(tx, record, proof, project, input));
}

/** Makes the flag as part of a larger change. `proof`: of `flag:create` in the project. Throws what `createFlag` throws. */
export async function addFlag(
  tx: Transaction,
  record: RecordEntry,
  { caller }: Permit,
  project: Project,
  input: CreateFlag,
): Promise<Flag> {
  await holdProject(tx, project.key);
  const places = placesOf(caller, input, await environmentsOf(tx, project.key));
  const mistakes = new Mistakes();
  const draft = readDraft(project, input, mistakes);
  const rows = await readPlaces(tx, draft, places, mistakes);
  const reason = readReason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  const ownerId = await findOwnerId(tx, input.owner);
  const flag = await insertFlag(tx, { ...draft, ownerId });
  const environments = recordedSettings(await insertFlagEnvironments(tx, rows));
  const after = { ...flagRecord(flag), environments };
  record({ kind: "flag.created", ...subjectOf(flag), after, reason });
  return flag;
}

function readDraft(project: Project, input: CreateFlag, mistakes: Mistakes): Omit<NewFlag, "ownerId"> {
  const { type = "BOOLEAN", kind = "RELEASE" } = input;
  const key = publicKey("input.key", input.key, mistakes);
  if (key !== "") checkFlagKey("input.key", key, project, mistakes);
  const schema = readValueSchema("input.valueSchema", input.valueSchema, mistakes);
  const read = valueReader(type, schema.check);
  return {
    project: project.key,
    key,
    type,
    kind,
    name: input.name === undefined || input.name === null ? key : name("input.name", input.name, mistakes),
    description: description("input.description", input.description, mistakes),
    tags: readTags("input.tags", input.tags ?? [], mistakes),
    variants: readVariants("input.variants", type, input.variants, read, mistakes),
    valueSchema: schema.stored,
    clientVisible: input.clientVisible ?? true,
  };
}

/** An environment, with what the input says of it and where. */
interface Place {
  readonly environment: Environment;
  readonly index: number;
  readonly settings: FlagSettings | undefined;
  readonly repeated: boolean;
}

/** One place for each environment, whether the input names it or not. Throws NOT_FOUND and FORBIDDEN. */
function placesOf(caller: Caller, input: CreateFlag, environments: readonly Environment[]): Place[] {
  const given = input.environments ?? [];
  for (const { environment: key, enabled } of given) {
    const environment = environments.find((known) => known.key === key);
    if (environment === undefined) throw notFound("Environment", key);
    if (enabled === true) permit(caller, "flag:configure", { project: environment.project, environment });
  }
  return environments.map((environment) => {
    const index = given.findLastIndex((settings) => settings.environment === environment.key);
    const repeated = given.findIndex((settings) => settings.environment === environment.key) !== index;
    return { environment, index, settings: given[index], repeated };
  });
}

async function readPlaces(
  tx: Transaction,
  flag: Omit<NewFlag, "ownerId">,
  places: readonly Place[],
  mistakes: Mistakes,
): Promise<NewFlagEnvironment[]> {
  const defaults = defaultSettings(flag);
  const rows: NewFlagEnvironment[] = [];
  for (const { environment, index, settings, repeated } of places) {
    const row = { project: flag.project, flag: flag.key, environment: environment.key };
    const path = `input.environments[${index}]`;
    if (repeated) {
      mistakes.add(`${path}.environment`, `must be listed once, got ${quote(environment.key)} again.`);
    }
    const references: Reference[] = [];
    const reading = { flag, mistakes, references };
    rows.push({ ...row, ...(settings ? readSettings(path, settings, defaults, reading) : defaults) });
    await checkReferences(tx, row, references, mistakes);
  }
  return rows;
}
