/** What a project is: a world of its own, with its environments, segments and flags. */
import { compilePattern } from "../../evaluation/index.js";
import { type Mistakes, text } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";

export interface Project {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  /** Regular expression (RE2 syntax) that keys of new flags must match somewhere. */
  readonly flagKeyPattern: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What people set on a project. */
export type ProjectSettings = Pick<Project, "name" | "description" | "flagKeyPattern">;

/** The project meant where none is named. */
export const defaultProjectKey = "default";

export const defaultFlagKeyPattern = "^[a-z0-9][a-z0-9_-]*$";

const maxPatternLength = 256;

/** A pattern for flag keys: a regular expression in RE2 syntax of at most 256 characters. */
export function readFlagKeyPattern(path: string, value: unknown, mistakes: Mistakes): string {
  const pattern = text(path, value, mistakes, { min: 1, max: maxPatternLength });
  try {
    compilePattern(pattern);
    return pattern;
  } catch {
    mistakes.add(path, `must be a regular expression in RE2 syntax, got ${quote(pattern)}.`);
    return "";
  }
}

/** Refuses the key of a new flag that the project's pattern does not allow. */
export function checkFlagKey(
  path: string,
  key: string,
  project: Pick<Project, "flagKeyPattern">,
  mistakes: Mistakes,
): void {
  if (compilePattern(project.flagKeyPattern).test(key)) return;
  mistakes.add(path, `must match the project's pattern ${project.flagKeyPattern}, got ${quote(key)}.`);
}
