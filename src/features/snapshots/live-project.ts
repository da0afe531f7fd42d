/** A project as this instance knows it. */
import type { FlagFacts } from "./flag-facts.js";
import type { LiveEnvironment } from "./live-environment.js";

export interface LiveProject {
  /** In the order of display. */
  environments: ReadonlyMap<string, LiveEnvironment>;
  /** Of all flags that are not archived; changed in place, together with the environments. */
  readonly flags: Map<string, FlagFacts>;
  /** Segment → version, as read; changed in place like the flags. */
  readonly segments: Map<string, number>;
}

/** Whether environments that were read are of the project that is known, and not of another that was made under its key once that was deleted. */
export function isStillThere(
  known: LiveProject | undefined,
  read: Iterable<{ readonly id: string }>,
): boolean {
  const ids = new Set(Array.from(known?.environments.values() ?? [], ({ facts }) => facts.id));
  return [...read].some(({ id }) => ids.has(id));
}

/** Project key → project. */
export type LiveProjects = ReadonlyMap<string, LiveProject>;

/** What is set aside, each definition once: segments are the same in all environments of a project. */
export function quarantinedIn(projects: LiveProjects): Set<string> {
  const names = new Set<string>();
  for (const [project, { environments }] of projects) {
    for (const [environment, { quarantine }] of environments) {
      for (const node of quarantine.keys()) {
        names.add(node.startsWith("segment:") ? `${project} ${node}` : `${project}/${environment} ${node}`);
      }
    }
  }
  return names;
}
