/** What a template of experiments is: settings to begin an experiment with. Pure. */
import type { ExperimentSettings } from "../experiment.js";

/** As much of an experiment's settings as a template sets. */
export type TemplateSettings = Partial<Omit<ExperimentSettings, "name" | "startsAt" | "endsAt">>;

export interface ExperimentTemplate {
  readonly id: string;
  /** Project key. */
  readonly project: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  readonly settings: TemplateSettings;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Names a template. */
export type TemplateName = Pick<ExperimentTemplate, "project" | "key">;

/** What people set on a template. */
export type TemplateMembers = Pick<ExperimentTemplate, "name" | "description" | "settings">;

export function membersOf({ name, description, settings }: ExperimentTemplate): TemplateMembers {
  return { name, description, settings };
}
