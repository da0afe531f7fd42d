/** Holds every environment in memory, compiled, so that finding a place and evaluating there do no I/O. */
import type { RulesetPart } from "../../evaluation/index.js";
import type { Cipher } from "../../platform/cipher.js";
import type { Transaction } from "../../platform/database/index.js";
import type { Keepable } from "../../platform/keepable.js";
import type { Log } from "../../platform/log.js";
import { type Environment, environmentsOf, proofsOf } from "../environments/index.js";
import { loadFlags } from "../flags/index.js";
import {
  type Change,
  findChangeAt,
  type Follower,
  listChangesAfter,
  type Position,
} from "../ledger/index.js";
import { systemCaller } from "../permissions/index.js";
import { listProjects } from "../projects/index.js";
import { loadSegments, readSegmentVersions } from "../segments/index.js";
import { Comparison } from "./comparison.js";
import { type ProofKeys, proofKeysOf } from "./proof-keys.js";
import { type FlagFacts, type FlagIndex, factsOf } from "./flag-facts.js";
import { keepProjects, restoreProjects } from "./kept-projects.js";
import { encryptedProofs } from "./kept-proofs.js";
import {
  changeEnvironment,
  compileEnvironment,
  type LiveEnvironment,
  type Report,
} from "./live-environment.js";
import { isStillThere, type LiveProject, type LiveProjects, quarantinedIn } from "./live-project.js";
import { flagsToReread, planOf, type ProjectPlan } from "./reread-plan.js";

/** Definitions as they were at a position, for a full load to begin from. */
interface Seed {
  readonly position: Position;
  readonly projects: LiveProjects;
}

type Swap = () => void;

const mostFollowed = 1_000; // rows: to follow more takes longer than to load everything
const noFlags: FlagIndex = new Map();
const unreadableProofs =
  "No key of SECRET_KEY reads a secret for context proofs: put the key back, or make a new one with rotateContextProofSecret.";

export class Snapshots implements Follower, Keepable {
  #projects = new Map<string, LiveProject>();
  #seed: Seed | null = null;
  readonly #comparison = new Comparison();
  /** Of each definition that was reported as malformed, the version that was. */
  readonly #reported = new Map<string, number | null>();

  constructor(
    private readonly log: Log,
    private readonly cipher: Cipher,
  ) {}

  hasProject(project: string): boolean {
    return this.#projects.has(project);
  }

  find(project: string, environment: string): LiveEnvironment | undefined {
    return this.#projects.get(project)?.environments.get(environment);
  }

  /** Keys of the environments of a project, in the order of display. */
  environmentKeys(project: string): readonly string[] {
    return [...(this.#projects.get(project)?.environments.keys() ?? [])];
  }

  /** The flags of a project that are not archived. */
  flagsOf(project: string): FlagIndex {
    return this.#projects.get(project)?.flags ?? noFlags;
  }

  /** Whether every value of a NUMBER flag is an integer. */
  hasWholeNumbers(project: string, flagKey: string): boolean {
    return this.flagsOf(project).get(flagKey)?.hasWholeNumbers ?? false;
  }

  /** How many definitions cannot be evaluated as the database has them. */
  quarantined(): number {
    return quarantinedIn(this.#projects).size;
  }

  async compare(tx: Transaction): Promise<readonly string[]> {
    return this.#comparison.differences(tx, this.#projects);
  }

  keep(): Iterable<unknown> {
    return keepProjects(this.#projects, encryptedProofs(this.cipher));
  }

  restore(values: readonly unknown[]): Swap {
    const projects = restoreProjects(values, encryptedProofs(this.cipher), this.#report);
    return () => void (this.#projects = projects);
  }

  /** What is put away of the definitions alone: nothing of it is a secret. */
  readonly definitions: Pick<Keepable, "keep"> = { keep: () => keepProjects(this.#projects, null) };

  /** By the returned function the next full load reads only what has changed since that position, if it can be followed from there. Throws for values that are no definitions. */
  readSeed(values: readonly unknown[]): (position: Position) => void {
    const projects = restoreProjects(values, null, this.#report);
    return (position) => void (this.#seed = { position, projects });
  }

  async load(tx: Transaction): Promise<Swap> {
    const sown = this.#seed === null ? null : await this.#loadFrom(tx, this.#seed);
    if (sown !== null) return sown;
    const projects = new Map<string, LiveProject>();
    for (const key of await projectKeys(tx)) {
      projects.set(key, await this.#loadProject(tx, key, { former: this.#projects.get(key) }));
    }
    return () => {
      this.#projects = projects;
      this.#seed = null;
    };
  }

  /** Places and proofs are read, definitions only as far as they have changed. null: too much has, or another history is not followed. */
  async #loadFrom(tx: Transaction, { position, projects: known }: Seed): Promise<Swap | null> {
    const isOurs = (await findChangeAt(tx, position.seq))?.hash === position.hash;
    const changes = await listChangesAfter(tx, position.seq, Number.MAX_SAFE_INTEGER, mostFollowed + 1);
    if (!isOurs || changes.length > mostFollowed) return null;
    const plans = planOf(changes);
    const projects = new Map<string, LiveProject>();
    const swaps: Swap[] = [];
    for (const key of await projectKeys(tx)) {
      const former = known.get(key);
      const loaded = await this.#loadProject(tx, key, { known: former, former });
      const plan = former && plans.get(key);
      if (plan !== undefined) swaps.push(await this.#reread(tx, key, loaded, loaded, plan));
      projects.set(key, loaded);
    }
    return () => {
      for (const swap of swaps) swap();
      this.#projects = projects;
      this.#seed = null;
    };
  }

  async follow(tx: Transaction, changes: readonly Change[]): Promise<Swap> {
    const swaps: Swap[] = [];
    for (const [project, plan] of planOf(changes)) swaps.push(await this.#followProject(tx, project, plan));
    return () => {
      for (const swap of swaps) swap();
    };
  }

  async #followProject(tx: Transaction, key: string, plan: ProjectPlan): Promise<Swap> {
    const known = this.#projects.get(key);
    if (known !== undefined && !plan.places) return this.#reread(tx, key, known, known, plan);
    if (!(await projectKeys(tx)).includes(key)) return () => void this.#projects.delete(key);
    const loaded = await this.#loadProject(tx, key, { known, former: known });
    const read = Array.from(loaded.environments.values(), ({ facts }) => facts);
    if (known === undefined || !isStillThere(known, read)) return () => void this.#projects.set(key, loaded);
    return this.#reread(tx, key, known, loaded, plan);
  }

  /** Reads a project's environments; the definitions only of those that `known` does not have. What is malformed stays as it was in `former`. */
  async #loadProject(
    tx: Transaction,
    project: string,
    { known, former }: { readonly known?: LiveProject | undefined; readonly former: LiveProject | undefined },
  ): Promise<LiveProject> {
    const environments = new Map<string, LiveEnvironment>();
    let segments: RulesetPart["segments"] | undefined;
    const places = await environmentsOf(tx, project);
    const index = new Map(isStillThere(known, places) ? known?.flags : []);
    const proofKeys = await this.#proofKeysOf(tx, places);
    for (const facts of places) {
      const present = known?.environments.get(facts.key);
      const proved = { facts, proofKeys: proofKeys.get(facts.id) ?? null };
      if (present?.facts.id === facts.id) {
        environments.set(facts.key, { ...present, ...proved });
        continue;
      }
      segments ??= await loadSegments(tx, project, null);
      const loaded = await loadFlags(tx, project, facts.key, null);
      for (const flag of loaded) index.set(flag.definition.key, factsOf(flag));
      const part = { flags: loaded.map(({ definition }) => definition), segments };
      const before = former?.environments.get(facts.key);
      const same = before?.facts.id === facts.id ? before : undefined;
      environments.set(facts.key, compileEnvironment(proved, part, this.#report, same));
    }
    return { environments, flags: index, segments: await readSegmentVersions(tx, project, null) };
  }

  /** Environment id → its keys, for those of a project that ask for proofs. Without a readable secret nothing is a proof there. */
  async #proofKeysOf(tx: Transaction, places: readonly Environment[]): Promise<Map<string, ProofKeys>> {
    const asking = places.filter(({ requireContextProof }) => requireContextProof);
    const [first] = asking;
    const keys = new Map<string, ProofKeys>();
    if (first === undefined) return keys;
    const proofs = await proofsOf(tx, this.cipher, first.project);
    for (const { id, project, key: environment } of asking) {
      const { secrets = [], unreadable = 0 } = proofs.get(id) ?? {};
      if (unreadable > 0) this.log.error({ project, environment }, unreadableProofs);
      keys.set(id, proofKeysOf(secrets));
    }
    return keys;
  }

  /** Reads again what the plan names, in every environment that it concerns; `known` becomes `base` with that. */
  async #reread(
    tx: Transaction,
    project: string,
    known: LiveProject,
    base: LiveProject,
    plan: ProjectPlan,
  ): Promise<Swap> {
    const segmentKeys = [...plan.segments];
    const segments = await loadSegments(tx, project, segmentKeys);
    const versions = await readSegmentVersions(tx, project, segmentKeys);
    const index = new Map<string, FlagFacts | undefined>(base === known ? [] : base.flags);
    const environments = new Map<string, LiveEnvironment>();
    for (const [key, environment] of base.environments) {
      const flagKeys = flagsToReread(plan, key);
      const loaded = await loadFlags(tx, project, key, flagKeys);
      const found = { flags: loaded.map(({ definition }) => definition), segments };
      environments.set(key, changeEnvironment(environment, { flagKeys, segmentKeys, found }, this.#report));
      for (const flagKey of flagKeys) index.set(flagKey, undefined);
      for (const flag of loaded) index.set(flag.definition.key, factsOf(flag));
    }
    return () => {
      known.environments = environments;
      for (const [flagKey, facts] of index) {
        if (facts === undefined) known.flags.delete(flagKey);
        else known.flags.set(flagKey, facts);
      }
      for (const key of segmentKeys) known.segments.delete(key);
      for (const [key, version] of versions) known.segments.set(key, version);
    };
  }

  /** One alarm for each version of a definition, however often and in how many environments it is read. */
  readonly #report: Report = ({ noun, key, version, problem }, { project, key: environment }) => {
    const place = noun === "segment" ? { project } : { project, environment };
    const name = `${Object.values(place).join("/")} ${noun}:${key}`;
    if (this.#reported.get(name) === version) return;
    this.#reported.set(name, version);
    this.log.error({ ...place, [noun]: key, version, problem }, `A malformed ${noun} was set aside.`);
  };
}

async function projectKeys(tx: Transaction): Promise<string[]> {
  const projects = await listProjects({ database: tx }, systemCaller("snapshots"));
  return projects.map(({ key }) => key);
}
