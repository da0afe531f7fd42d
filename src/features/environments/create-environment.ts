/** createEnvironment: a new environment at the end of its project's list, with settings for every flag; and those that a new project starts with. */
import { isUniqueViolation, type Transaction } from "../../platform/database/index.js";
import { Mistakes, nameOrKey, publicKey, reason } from "../../platform/input.js";
import { alreadyExists } from "../../platform/problems.js";
import { AuditSubject, type LedgerTools, type RecordEntry, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject, type HolderTools, lockProject, type Project } from "../projects/index.js";
import { defaultEnvironments, type Environment, portraitOf } from "./environment.js";
import { lockEnvironment } from "./environment.queries.js";
import { countEnvironments, insertEnvironments } from "./environment.store.js";

export interface EnvironmentTools extends LedgerTools, HolderTools {
  /** The revision that this instance answers by: the reader's position. */
  readonly revision: () => string;
  /**
   * Gives every flag of the project settings in the new environment, in the transaction that creates it: those of `copyFrom`, or those that a new flag
   * starts with. Flags are a later room, so the composition root supplies it.
   */
  readonly furnishEnvironment: (
    tx: Transaction,
    environment: Environment,
    copyFrom: Environment | null,
  ) => Promise<void>;
}

export interface CreateEnvironment {
  readonly key: string;
  readonly name?: string | null | undefined;
  readonly protected?: boolean | null | undefined;
  /** `protected` when absent. */
  readonly requireExpectedVersion?: boolean | null | undefined;
  /** Nothing is a proof until `rotateContextProofSecret` has made the secret. */
  readonly requireContextProof?: boolean | null | undefined;
  /** Key of the environment whose flag settings the new one starts with. */
  readonly copyFrom?: string | null | undefined;
  readonly project?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, and ALREADY_EXISTS for a key that is taken in whatever case. */
export async function createEnvironment(
  tools: EnvironmentTools,
  caller: Caller,
  input: CreateEnvironment,
): Promise<Environment> {
  const { key: project } = await findProject(tools, caller, input.project);
  const proof = permit(caller, "environment:create", { project });
  const { why, ...settings } = readInput(input);
  const source = input.copyFrom ?? null;
  try {
    return await write(tools, proof, async (tx, record) => {
      await lockProject(tx, project);
      const copyFrom = source === null ? null : await lockEnvironment(tx, project, source);
      const position = await countEnvironments(tx, project);
      const [environment] = await insertEnvironments(tx, [{ ...settings, project, position }]);
      if (environment === undefined) throw new Error("An insert returned no row.");
      recordCreation(record, environment, { copyFrom: source, reason: why });
      await tools.furnishEnvironment(tx, environment, copyFrom);
      return environment;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw alreadyExists("Environment", settings.key);
    throw error;
  }
}

/** Gives a new project development, staging and production. It has no flags yet that would need settings in them. */
export async function createDefaultEnvironments(
  tx: Transaction,
  record: RecordEntry,
  project: Project,
): Promise<void> {
  const created = await insertEnvironments(tx, defaultEnvironments(project.key));
  for (const environment of created) recordCreation(record, environment, {});
}

function recordCreation(
  record: RecordEntry,
  environment: Environment,
  { copyFrom = null, reason: why = null }: { copyFrom?: string | null; reason?: string | null },
): void {
  record({
    kind: "environment.created",
    subjectType: AuditSubject.ENVIRONMENT,
    subject: environment.key,
    project: environment.project,
    environment: environment.key,
    after: { ...portraitOf(environment), ...(copyFrom === null ? {} : { copyFrom }) },
    reason: why,
  });
}

function readInput(input: CreateEnvironment) {
  const mistakes = new Mistakes();
  const key = publicKey("input.key", input.key, mistakes);
  const isProtected = input.protected ?? false;
  const read = {
    key,
    name: nameOrKey("input.name", input.name, key, mistakes),
    protected: isProtected,
    requireExpectedVersion: input.requireExpectedVersion ?? isProtected,
    requireContextProof: input.requireContextProof ?? false,
    why: reason("input.reason", input.reason, mistakes),
  };
  mistakes.throwIfAny();
  return read;
}
