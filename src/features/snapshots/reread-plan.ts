/** What to read again after changes of the ledger: pure. A row is a doorbell for its subject; its body is never applied. */
import type { Change } from "../ledger/index.js";

/** What to read again in one project. */
export interface ProjectPlan {
  /** Its environments: some came, went or changed. */
  places: boolean;
  /** Flag key → the environments in which to read it again; null: all. */
  readonly flags: Map<string, Set<string> | null>;
  readonly segments: Set<string>;
}

/** Project key → what to read again there. Changes of accounts, keys, settings and metrics concern no evaluator. */
export function planOf(
  changes: readonly Pick<Change, "project" | "environment" | "subjectType" | "subject">[],
) {
  const plans = new Map<string, ProjectPlan>();
  for (const { project, environment, subjectType, subject } of changes) {
    if (project === null) continue;
    const plan = plans.get(project) ?? { places: false, flags: new Map(), segments: new Set() };
    if (subjectType === "FLAG") planFlag(plan, subject, environment);
    else if (subjectType === "SEGMENT") plan.segments.add(subject);
    else if (subjectType === "PROJECT" || subjectType === "ENVIRONMENT") plan.places = true;
    else continue;
    plans.set(project, plan);
  }
  return plans;
}

function planFlag({ flags }: ProjectPlan, key: string, environment: string | null): void {
  const known = flags.get(key);
  if (environment === null || known === null) flags.set(key, null);
  else flags.set(key, (known ?? new Set()).add(environment));
}

/** The flags to read again in one environment. */
export function flagsToReread(plan: ProjectPlan, environment: string): string[] {
  return [...plan.flags].flatMap(([key, places]) =>
    places === null || places.has(environment) ? [key] : [],
  );
}
