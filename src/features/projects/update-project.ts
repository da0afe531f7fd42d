/** updateProject: name, description and the pattern for flag keys. */
import { description, Mistakes, name, reason } from "../../platform/input.js";
import { AuditSubject, checkVersion, differenceOf, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { type Project, type ProjectSettings, readFlagKeyPattern } from "./project.js";
import { findProject, lockProject } from "./project.queries.js";
import { saveProject } from "./project.store.js";

export interface UpdateProject {
  readonly project: string;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** Holds for flags created from now on. */
  readonly flagKeyPattern?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT and CONFLICT. An update that changes nothing leaves no trace. */
export async function updateProject(
  tools: LedgerTools,
  caller: Caller,
  input: UpdateProject,
): Promise<Project> {
  const { key } = await findProject(tools, caller, input.project);
  const proof = permit(caller, "project:update", { project: key });
  const { why, ...changes } = readInput(input);
  return write(tools, proof, async (tx, record) => {
    const project = await lockProject(tx, key);
    checkVersion("Project", project.version, input.expectedVersion);
    const before: ProjectSettings = {
      name: project.name,
      description: project.description,
      flagKeyPattern: project.flagKeyPattern,
    };
    const after = { ...before, ...changes };
    const difference = differenceOf(before, after);
    if (difference === null) return project;
    const saved = await saveProject(tx, key, after);
    record({
      kind: "project.updated",
      subjectType: AuditSubject.PROJECT,
      subject: key,
      project: key,
      ...difference,
      reason: why,
    });
    return saved;
  });
}

function readInput(input: UpdateProject) {
  const mistakes = new Mistakes();
  const { flagKeyPattern: pattern } = input;
  const read = {
    ...(input.name === undefined ? {} : { name: name("input.name", input.name, mistakes) }),
    ...(input.description === undefined
      ? {}
      : { description: description("input.description", input.description, mistakes) }),
    ...(pattern === undefined
      ? {}
      : { flagKeyPattern: readFlagKeyPattern("input.flagKeyPattern", pattern, mistakes) }),
    why: reason("input.reason", input.reason, mistakes),
  };
  mistakes.throwIfAny();
  return read;
}
