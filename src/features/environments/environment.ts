/** What an environment is: a place of a project in which its flags answer by settings of their own. */

export interface Environment {
  readonly id: string;
  /** Project key. */
  readonly project: string;
  readonly key: string;
  readonly name: string;
  /** Whether changes here need the role MANAGER. */
  readonly protected: boolean;
  /** Whether updates here must name the version they build on. */
  readonly requireExpectedVersion: boolean;
  /** Whether CLIENT keys must prove the targeting key that they ask about. */
  readonly requireContextProof: boolean;
  /** Order of display, from 0 without gaps. */
  readonly position: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What people set on an environment. */
export type EnvironmentSettings = Pick<
  Environment,
  "name" | "protected" | "requireExpectedVersion" | "requireContextProof" | "position"
>;

/** A new environment. */
export type EnvironmentDraft = EnvironmentSettings & Pick<Environment, "project" | "key">;

/** The environments that a new project starts with, in this order. */
export function defaultEnvironments(project: string): readonly EnvironmentDraft[] {
  const open = { project, protected: false, requireExpectedVersion: false, requireContextProof: false };
  return [
    { ...open, key: "development", name: "Development", position: 0 },
    { ...open, key: "staging", name: "Staging", position: 1 },
    {
      ...open,
      key: "production",
      name: "Production",
      protected: true,
      requireExpectedVersion: true,
      position: 2,
    },
  ];
}

/** What the ledger says of an environment as a whole. */
export function portraitOf(
  environment: Environment,
): Omit<Environment, "project" | "version" | "createdAt" | "updatedAt"> {
  const { id, key, name, requireExpectedVersion, requireContextProof, position } = environment;
  const rules = { protected: environment.protected, requireExpectedVersion, requireContextProof };
  return { id, key, name, ...rules, position };
}
