/** The changes that a writer makes: each makes a difference, so that each that is done leaves one row; a rule that is added twice leaves two. */
import type { Random } from "../../fuzz/random.js";
import { contexts, flagsOf, place, segmentOf, sharedFlags } from "./world.js";

/** A mutation to be sent with its reason and key added to the input. */
export interface PlannedChange {
  readonly mutation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** After it was acknowledged. */
  readonly done?: () => void;
}

/** A flag's settings as the database has them at this moment; null when nobody can tell. */
export type LookUp = (flagKey: string) => Promise<Settings | null>;

export interface Settings {
  readonly enabled: boolean;
  readonly rules: readonly { readonly id: string; readonly name: string | null }[];
}

const mutationOf = (field: string, input: string, selection: string): string =>
  `mutation ($input: ${input}!) { ${field}(input: $input) { ${selection} } }`;
const mutations = {
  enable: mutationOf("setFlagEnabled", "SetFlagEnabledInput", "version enabled"),
  rollOut: mutationOf("setRollout", "SetRolloutInput", "version"),
  addRule: mutationOf("addRule", "AddRuleInput", "version"),
  removeRule: mutationOf("removeRule", "RuleRefInput", "version"),
  create: mutationOf("createFlag", "CreateFlagInput", "key version"),
  delete: mutationOf("deleteFlag", "FlagRefInput", "key"),
  members: mutationOf("changeSegmentMembers", "ChangeSegmentMembersInput", "version"),
};
const madeRule = "made by the storm";
const mostRules = 5;
const mostExtraFlags = 4;
const { environment } = place;

export class ChangeMaker {
  /** Flags that come and go. */
  readonly #extra: string[] = [];
  #number = 0;

  /** `nextPercent` never gives the same twice in a row to anybody. */
  constructor(
    private readonly writer: number,
    private readonly random: Random,
    private readonly lookUp: LookUp,
    private readonly nextPercent: () => number,
  ) {}

  /** null when what it depends on cannot be read now. */
  async next(): Promise<PlannedChange | null> {
    this.#number += 1;
    return this.random.weighed<() => Promise<PlannedChange | null> | PlannedChange>([
      [24, async () => this.#toggle()],
      [14, () => this.#rollOut(this.random.pick(flagsOf(this.writer)))],
      [14, () => this.#rollOut(this.random.pick(sharedFlags))],
      [25, async () => this.#rule()],
      [13, () => this.#members()],
      [10, () => this.#comeOrGo()],
    ])();
  }

  async #toggle(): Promise<PlannedChange | null> {
    const flagKey = this.random.pick(flagsOf(this.writer));
    const settings = await this.lookUp(flagKey);
    if (settings === null) return null;
    return { mutation: mutations.enable, input: { flagKey, environment, enabled: !settings.enabled } };
  }

  #rollOut(flagKey: string): PlannedChange {
    return { mutation: mutations.rollOut, input: { flagKey, environment, percent: this.nextPercent() } };
  }

  async #rule(): Promise<PlannedChange | null> {
    const flagKey = this.random.pick(flagsOf(this.writer));
    const settings = await this.lookUp(flagKey);
    if (settings === null) return null;
    const mine = settings.rules.filter(({ name }) => name === madeRule);
    if (mine.length >= mostRules) {
      return {
        mutation: mutations.removeRule,
        input: { flagKey, environment, ruleId: this.random.pick(mine).id },
      };
    }
    const rule = {
      name: madeRule, // the server makes up the id, so that a rule which is added twice is there twice
      when: { attribute: "plan", operator: "EQUALS", values: [this.random.pick(["free", "pro"])] },
      serve: { variant: this.random.pick(["on", "off"]) },
    };
    return {
      mutation: mutations.addRule,
      input: { flagKey, environment, rule, position: this.random.below(2) },
    };
  }

  /** One member that is new for certain, and one of those that are asked about, who may be there already. */
  #members(): PlannedChange {
    const add = [`member-${this.writer}-${this.#number}`];
    const known = this.random.pick(contexts).targetingKey ?? "";
    const change = this.random.chance(0.5) ? { add: [...add, known] } : { add, remove: [known] };
    return { mutation: mutations.members, input: { segment: segmentOf(this.writer), ...change } };
  }

  #comeOrGo(): PlannedChange {
    if (this.#extra.length < mostExtraFlags && this.random.chance(0.6)) {
      const key = `w${this.writer}-extra-${this.#number}`;
      const environments = [{ environment, enabled: this.random.chance(0.5) }];
      return { mutation: mutations.create, input: { key, environments }, done: () => this.#extra.push(key) };
    }
    const gone = this.#extra.shift();
    if (gone === undefined) return this.#rollOut(this.random.pick(flagsOf(this.writer)));
    return { mutation: mutations.delete, input: { flagKey: gone } };
  }
}
