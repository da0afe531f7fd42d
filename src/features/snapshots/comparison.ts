/** Looks whether what is in memory is what the database holds: versions by digest, and the content of some definitions in turn. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { definitions, type Flag, nodeOf, type Segment } from "../../evaluation/index.js";
import { digestVersions, type Transaction } from "../../platform/database/index.js";
import { environmentsOf } from "../environments/index.js";
import { loadFlags, readFlagDigests, readFlagVersions } from "../flags/index.js";
import { canonicalJson } from "../ledger/index.js";
import { systemCaller } from "../permissions/index.js";
import { listProjects } from "../projects/index.js";
import { loadSegments, readSegmentVersions } from "../segments/index.js";
import { factsOf, type FlagFacts } from "./flag-facts.js";
import type { LiveEnvironment } from "./live-environment.js";
import type { LiveProject, LiveProjects } from "./live-project.js";
import { malformedIn, takeIn } from "./malformed.js";

const projectsPerRound = 50;
const flagsPerRound = 50;
const mostMembers = 1_000; // of a segment whose content is looked at; a change of members raises the version
const mostNamed = 20;

/** Versions of things here and in the database. */
type Versions = ReadonlyMap<string, number>;

/** Where the next round looks at content: one environment, from one flag on. */
interface Turn {
  readonly place: number;
  readonly from: number;
}

export class Comparison {
  #turn: Turn = { place: 0, from: 0 };
  #nextProject = 0;

  /** Names what differs; some of it, where it is much. Memory is at the transaction's position. */
  async differences(tx: Transaction, projects: LiveProjects): Promise<readonly string[]> {
    const found = await listProjects({ database: tx }, systemCaller("comparison"));
    const stored = found.map(({ key }) => key);
    const differences = namesThatDiffer("project", "", new Set(projects.keys()), new Set(stored));
    const known = new Set(stored);
    for (const [key, project] of this.#someOf(projects)) {
      if (known.has(key)) differences.push(...(await differencesOfVersions(tx, key, project)));
    }
    if (differences.length === 0) differences.push(...(await this.#differencesOfContent(tx, projects)));
    return differences.slice(0, mostNamed);
  }

  #someOf(projects: LiveProjects): (readonly [string, LiveProject])[] {
    const from = this.#nextProject < projects.size ? this.#nextProject : 0;
    this.#nextProject = from + projectsPerRound;
    return [...projects].slice(from, from + projectsPerRound);
  }

  async #differencesOfContent(tx: Transaction, projects: LiveProjects): Promise<string[]> {
    const places = [...projects].flatMap(([project, { environments, flags }]) =>
      Array.from(environments.values(), (environment) => ({ project, environment, flags })),
    );
    const place = places[this.#turn.place] ?? places[0];
    if (place === undefined) return [];
    const from = places[this.#turn.place] === undefined ? 0 : this.#turn.from;
    const all = definitions(place.environment.snapshot).flags;
    const looked = all.slice(from, from + flagsPerRound);
    const isLast = from + flagsPerRound >= all.length;
    const at = places.indexOf(place);
    this.#turn = isLast ? { place: at + 1, from: 0 } : { place: at, from: from + flagsPerRound };
    const differences = await differencesOfFlags(tx, place, looked);
    if (isLast) differences.push(...(await differencesOfSegments(tx, place)));
    return [...differences, ...(await recoveredIn(tx, projects))];
  }
}

async function differencesOfVersions(tx: Transaction, key: string, project: LiveProject): Promise<string[]> {
  const places = await environmentsOf(tx, key);
  const stored = new Map(places.map((place) => [`${place.key} (${place.id})`, place.version]));
  const here = new Map(
    Array.from(project.environments.values(), ({ facts }) => [`${facts.key} (${facts.id})`, facts.version]),
  );
  const differences = versionsThatDiffer("environment", `${key}/`, here, stored);
  const segments = await readSegmentVersions(tx, key, null);
  differences.push(...versionsThatDiffer("segment", `${key}/`, project.segments, segments));
  const digests = await readFlagDigests(tx, key);
  for (const [name, environment] of project.environments) {
    await nextTurn(); // what takes a while with very many flags is not done for several environments at once
    const versions = versionsIn(environment);
    if ((await digestVersions(versions)) === (digests.get(name) ?? "0:0")) continue;
    const flags = await readFlagVersions(tx, key, name);
    differences.push(...versionsThatDiffer("flag", `${key}/${name}/`, versions, flags));
  }
  return differences;
}

/** As they were read: what is set aside may stand in memory at another version. */
function versionsIn({ snapshot, quarantine }: LiveEnvironment): Versions {
  return new Map(
    definitions(snapshot).flags.map((flag) => [
      flag.key,
      quarantine.get(nodeOf("flag", flag.key)) ?? flag.version ?? 0,
    ]),
  );
}

interface ContentPlace {
  readonly project: string;
  readonly environment: LiveEnvironment;
  readonly flags: ReadonlyMap<string, FlagFacts>;
}

async function differencesOfFlags(
  tx: Transaction,
  { project, environment, flags: facts }: ContentPlace,
  looked: readonly Flag[],
): Promise<string[]> {
  const { facts: place, quarantine } = environment;
  const flags = looked.filter(({ key }) => !quarantine.has(nodeOf("flag", key)));
  const loaded = await loadFlags(
    tx,
    project,
    place.key,
    flags.map(({ key }) => key),
  );
  const stored = new Map(loaded.map((flag) => [flag.definition.key, flag]));
  return flags.flatMap((flag) => {
    const found = stored.get(flag.key);
    const isSame =
      found !== undefined &&
      canonicalJson(found.definition) === canonicalJson(flag) &&
      canonicalJson(factsOf(found)) === canonicalJson(facts.get(flag.key));
    return isSame ? [] : [`flag ${project}/${place.key}/${flag.key} has another content in the database`];
  });
}

async function differencesOfSegments(
  tx: Transaction,
  { project, environment: { snapshot, quarantine } }: ContentPlace,
): Promise<string[]> {
  const segments = definitions(snapshot).segments.filter(
    ({ key, included = [], excluded = [] }) =>
      included.length + excluded.length <= mostMembers && !quarantine.has(nodeOf("segment", key)),
  );
  const keys = segments.map(({ key }) => key);
  const stored = new Map((await loadSegments(tx, project, keys)).map((one) => [one.key, one]));
  return segments.flatMap((segment) => {
    const found = stored.get(segment.key);
    const isSame = found !== undefined && contentOf(found) === contentOf(segment);
    return isSame ? [] : [`segment ${project}/${segment.key} has another content in the database`];
  });
}

/** Members in whatever order the database gives them. */
function contentOf({ included = [], excluded = [], when = null }: Segment): string {
  return canonicalJson({ included: [...included].sort(), excluded: [...excluded].sort(), when });
}

/** What was set aside and reads well by now. */
async function recoveredIn(tx: Transaction, projects: LiveProjects): Promise<string[]> {
  const recovered: string[] = [];
  for (const [project, { environments }] of projects) {
    for (const environment of environments.values()) {
      if (environment.quarantine.size === 0) continue;
      const names = (await wellAgain(tx, project, environment)).map(
        (node) => `${node} in ${project}/${environment.facts.key} can be read again`,
      );
      recovered.push(...names);
    }
  }
  return recovered;
}

async function wellAgain(
  tx: Transaction,
  project: string,
  { facts, quarantine, snapshot }: LiveEnvironment,
): Promise<string[]> {
  const keys = (noun: string): string[] =>
    [...quarantine.keys()].flatMap((node) =>
      node.startsWith(`${noun}:`) ? [node.slice(noun.length + 1)] : [],
    );
  const loaded = await loadFlags(tx, project, facts.key, keys("flag"));
  const segments = await loadSegments(tx, project, keys("segment"));
  const part = { flags: loaded.map(({ definition }) => definition), segments };
  const still = new Set(
    malformedIn(takeIn(snapshot, { put: part, remove: { flags: [], segments: [] } }), part).map(
      ({ noun, key }) => nodeOf(noun, key),
    ),
  );
  return [...quarantine.keys()].filter((node) => !still.has(node));
}

function versionsThatDiffer(noun: string, prefix: string, here: Versions, stored: Versions): string[] {
  const differences = namesThatDiffer(noun, prefix, new Set(here.keys()), new Set(stored.keys()));
  for (const [key, version] of here) {
    const other = stored.get(key);
    if (other === undefined || other === version) continue;
    differences.push(`${noun} ${prefix}${key} is at version ${version} here, ${other} in the database`);
  }
  return differences;
}

function namesThatDiffer(
  noun: string,
  prefix: string,
  here: ReadonlySet<string>,
  stored: ReadonlySet<string>,
): string[] {
  const onlyHere = [...here].filter((key) => !stored.has(key));
  const onlyThere = [...stored].filter((key) => !here.has(key));
  return [
    ...onlyHere.map((key) => `${noun} ${prefix}${key} is not in the database`),
    ...onlyThere.map((key) => `${noun} ${prefix}${key} is not here`),
  ];
}
