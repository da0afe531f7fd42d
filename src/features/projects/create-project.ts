/** createProject: a new project, furnished with its first environments. */
import { isUniqueViolation, type Transaction } from "../../platform/database/index.js";
import { description, Mistakes, nameOrKey, publicKey, reason } from "../../platform/input.js";
import { alreadyExists } from "../../platform/problems.js";
import { AuditSubject, type LedgerTools, type RecordEntry, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { HolderTools } from "./flag-holders.js";
import { defaultFlagKeyPattern, type Project, readFlagKeyPattern } from "./project.js";
import { insertProject } from "./project.store.js";

export interface ProjectTools extends LedgerTools, HolderTools {
  /**
   * Gives a new project what it starts with, in the transaction that creates it, and records it. Environments are a later room, so the
   * composition root supplies theirs: `createDefaultEnvironments`.
   */
  readonly furnishProject: (tx: Transaction, record: RecordEntry, project: Project) => Promise<void>;
  /**
   * Removes whatever in the project names something else in it, in the transaction that deletes the project: what is named could not be deleted before
   * what names it. Later rooms know what that is: `emptyProject`.
   */
  readonly emptyProject: (tx: Transaction, project: string) => Promise<void>;
  /** Whether a flag is in use where updates must name the version they build on: `demandsVersion` of the flags. */
  readonly demandsVersion: (tx: Transaction, project: string) => Promise<boolean>;
}

export interface CreateProject {
  readonly key: string;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly flagKeyPattern?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Throws FORBIDDEN, BAD_USER_INPUT, and ALREADY_EXISTS for a key that is taken in whatever case. */
export async function createProject(
  tools: ProjectTools,
  caller: Caller,
  input: CreateProject,
): Promise<Project> {
  const proof = permit(caller, "project:create");
  const { why, ...settings } = readInput(input);
  try {
    return await write(tools, proof, async (tx, record) => {
      const project = await insertProject(tx, settings);
      record({
        kind: "project.created",
        subjectType: AuditSubject.PROJECT,
        subject: project.key,
        project: project.key,
        after: { id: project.id, ...settings },
        reason: why,
      });
      await tools.furnishProject(tx, record, project);
      return project;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw alreadyExists("Project", settings.key);
    throw error;
  }
}

function readInput(input: CreateProject) {
  const mistakes = new Mistakes();
  const key = publicKey("input.key", input.key, mistakes);
  const read = {
    key,
    name: nameOrKey("input.name", input.name, key, mistakes),
    description: description("input.description", input.description, mistakes),
    flagKeyPattern: readFlagKeyPattern(
      "input.flagKeyPattern",
      input.flagKeyPattern ?? defaultFlagKeyPattern,
      mistakes,
    ),
    why: reason("input.reason", input.reason, mistakes),
  };
  mistakes.throwIfAny();
  return read;
}
