/** Reads the targeting rules that people write. */
import { dateTime, key, list, percent } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { conditionReferences, readCondition, type WrittenCondition } from "../segments/index.js";
import type { Gate, Rule } from "./flag.js";
import { type BucketingInput, readServe, type ServeInput } from "./serve-input.js";
import {
  newRuleId,
  readBucketBy,
  readSeed,
  readShortText,
  type SettingsReading,
} from "./settings-reading.js";

export interface GateInput extends BucketingInput {
  /** 0–100, at most three decimals. */
  readonly percent: number;
}

/** What may be changed of a rule: absent is unchanged. */
export interface RuleChange {
  readonly name?: string | null | undefined;
  readonly when?: WrittenCondition | null | undefined;
  readonly gate?: GateInput | null | undefined;
  readonly serve?: ServeInput | null | undefined;
  /** RFC 3339. */
  readonly startsAt?: string | null | undefined;
  /** RFC 3339; exclusive. */
  readonly endsAt?: string | null | undefined;
}

/** A whole rule: absent members say nothing, and an absent id is made. */
export interface RuleInput extends RuleChange {
  readonly id?: string | null | undefined;
  readonly serve: ServeInput;
}

/** How many rules a flag may have in one environment. */
export const maxRules = 200;

/** Reads a list that replaces `current`; a rule that keeps its id keeps the buckets of its gate and split. */
export function readRules(
  path: string,
  inputs: readonly RuleInput[],
  current: readonly Rule[],
  reading: SettingsReading,
): Rule[] {
  const taken = new Set<string>();
  return list(path, inputs, reading.mistakes, { max: maxRules }).map((input, index) => {
    const rule = readRule(`${path}[${index}]`, input, current, reading);
    if (taken.has(rule.id)) {
      reading.mistakes.add(
        `${path}[${index}].id`,
        `must be unique in the flag, got ${quote(rule.id)} twice.`,
      );
    }
    taken.add(rule.id);
    return rule;
  });
}

/** Reads one whole rule. If `current` has one of the same id, its gate and split keep their seeds where the input names none. */
export function readRule(
  path: string,
  input: RuleInput,
  current: readonly Rule[],
  reading: SettingsReading,
): Rule {
  const { name = null, when = null, gate = null, startsAt = null, endsAt = null } = input;
  const id = input.id ?? null;
  const former = current.find((rule) => rule.id === id);
  const blank: Rule = {
    id: id === null ? newRuleId() : key(`${path}.id`, id, reading.mistakes),
    name: null,
    when: null,
    gate: former?.gate ?? null,
    startsAt: null,
    endsAt: null,
    serve: former?.serve ?? { variant: "" },
    owner: former?.owner,
  };
  const everyone = when === null ? {} : { when };
  return changeRule(path, { name, ...everyone, gate, serve: input.serve, startsAt, endsAt }, blank, reading);
}

/** Reads a change of one rule. */
export function changeRule(path: string, input: RuleChange, rule: Rule, reading: SettingsReading): Rule {
  const { mistakes } = reading;
  if (input.when === null) {
    mistakes.add(`${path}.when`, "must be a condition; `{ all: [] }` means everyone.");
  }
  if (input.serve === null) mistakes.add(`${path}.serve`, "must not be null.");
  const changed: Rule = {
    id: rule.id,
    name: readName(`${path}.name`, input.name, rule.name, reading),
    when: input.when ? readWhen(`${path}.when`, input.when, reading) : rule.when,
    gate: readGate(`${path}.gate`, input.gate, rule.gate, reading),
    serve: input.serve
      ? readServe(`${path}.serve`, input.serve, { before: rule.serve, holes: true }, reading)
      : rule.serve,
    startsAt: readMoment(`${path}.startsAt`, input.startsAt, rule.startsAt, reading),
    endsAt: readMoment(`${path}.endsAt`, input.endsAt, rule.endsAt, reading),
    owner: rule.owner,
  };
  const { startsAt, endsAt } = changed;
  if (startsAt !== null && endsAt !== null && Date.parse(startsAt) >= Date.parse(endsAt)) {
    mistakes.add(`${path}.endsAt`, `must be after startsAt (${startsAt}), got ${quote(endsAt)}.`);
  }
  return changed;
}

/** null: everyone. */
function readWhen(path: string, input: WrittenCondition, reading: SettingsReading): Rule["when"] {
  const condition = readCondition(path, input, reading.mistakes);
  if ("all" in condition && condition.all.length === 0) return null;
  reading.references.push(...conditionReferences(path, condition));
  return condition;
}

function readName(
  path: string,
  input: string | null | undefined,
  current: string | null,
  reading: SettingsReading,
): string | null {
  if (input === undefined || input === null) return input === null ? null : current;
  return readShortText(path, input, reading);
}

function readGate(
  path: string,
  input: GateInput | null | undefined,
  current: Gate | null,
  reading: SettingsReading,
): Gate | null {
  if (input === undefined || input === null) return input === null ? null : current;
  return {
    percent: percent(`${path}.percent`, input.percent, reading.mistakes),
    bucketBy: readBucketBy(`${path}.bucketBy`, input.bucketBy, current, reading),
    seed: readSeed(`${path}.seed`, input.seed, current, reading),
  };
}

function readMoment(
  path: string,
  input: string | null | undefined,
  current: string | null,
  reading: SettingsReading,
): string | null {
  if (input === undefined || input === null) return input === null ? null : current;
  return dateTime(path, input, reading.mistakes);
}
