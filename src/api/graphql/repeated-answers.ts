/** What a repeated mutation is answered, by the type of its answer: what it was about, as it is now. */
import { findRepeatedApiKey, findRepeatedSession, findRepeatedUser } from "../../features/accounts/index.js";
import { findRepeatedEnvironment } from "../../features/environments/index.js";
import {
  findRepeatedExperiment,
  findRepeatedHoldout,
  findRepeatedLayer,
  findRepeatedTemplate,
} from "../../features/experiments/index.js";
import { findRepeatedFlag, findRepeatedFlagEnvironment, settingsOfFlag } from "../../features/flags/index.js";
import { findRepeatedChange, type Repetition } from "../../features/ledger/index.js";
import { findRepeatedProject } from "../../features/projects/index.js";
import { findRepeatedRollout } from "../../features/rollouts/index.js";
import { findRepeatedSegment } from "../../features/segments/index.js";
import { settings } from "../../features/settings/index.js";
import { findRepeatedMetric } from "../../features/tracking/index.js";
import type { GraphQLContext } from "./context.js";

type Answer = (context: GraphQLContext, repetition: Repetition) => Promise<unknown>;

/** One for each type that a mutation with an idempotency key gives, as the schema writes it. They throw NOT_FOUND and FORBIDDEN. */
export const repeatedAnswers: Readonly<Record<string, Answer>> = {
  ApiKey: async ({ tools, caller }, repetition) => findRepeatedApiKey(tools, caller, repetition),
  AuditEvent: async ({ caller }, repetition) => findRepeatedChange(caller, repetition),
  Environment: async ({ tools, caller }, repetition) => findRepeatedEnvironment(tools, caller, repetition),
  Experiment: async ({ tools, caller }, repetition) => findRepeatedExperiment(tools, caller, repetition),
  ExperimentTemplate: async ({ tools, caller }, repetition) =>
    findRepeatedTemplate(tools, caller, repetition),
  Flag: async ({ tools, caller, loaders }, repetition) => {
    const { flag, settings: deleted } = await findRepeatedFlag(tools, caller, repetition);
    if (deleted !== null) loaders.of(settingsOfFlag).prime(flag, deleted);
    return flag;
  },
  FlagEnvironment: async ({ tools, caller }, repetition) =>
    findRepeatedFlagEnvironment(tools, caller, repetition),
  GuardedRollout: async ({ tools, caller }, repetition) => findRepeatedRollout(tools, caller, repetition),
  Holdout: async ({ tools, caller }, repetition) => findRepeatedHoldout(tools, caller, repetition),
  Layer: async ({ tools, caller }, repetition) => findRepeatedLayer(tools, caller, repetition),
  Metric: async ({ tools, caller }, repetition) => findRepeatedMetric(tools, caller, repetition),
  Project: async ({ tools, caller }, repetition) => findRepeatedProject(tools, caller, repetition),
  Segment: async ({ tools, caller }, repetition) => findRepeatedSegment(tools, caller, repetition),
  SessionInfo: async ({ tools, caller }, repetition) => findRepeatedSession(tools, caller, repetition),
  Settings: async ({ tools, caller }) => settings(tools, caller),
  User: async ({ tools, caller }, repetition) => findRepeatedUser(tools, caller, repetition),
};
