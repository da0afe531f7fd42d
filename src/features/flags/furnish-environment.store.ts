/** Gives every flag of a project its settings in a new environment, in a few statements however many flags there are. */
import { sql } from "drizzle-orm";
import type { Transaction } from "../../platform/database/index.js";
import type { Environment } from "../environments/index.js";
import { dropOwnedRules } from "./flag-environment.store.js";
import { flagEnvironments, flagFlagUses, flags, flagSegmentUses, variants } from "./flag.table.js";

/**
 * Runs in the transaction that adds the environment, after it was added. The settings are those of the flags in `copyFrom`; less the rules that
 * something owns; null: those that new flags start with.
 */
export async function furnishEnvironment(
  tx: Transaction,
  environment: Pick<Environment, "project" | "key">,
  copyFrom: Pick<Environment, "key"> | null,
): Promise<void> {
  const { project, key } = environment;
  if (copyFrom === null) await insertDefaults(tx, project, key);
  else {
    await insertCopies(tx, project, key, copyFrom.key);
    await dropOwnedRules(tx, project, key);
  }
}

/** Says in SQL what `defaultSettings` says of one flag. */
async function insertDefaults(tx: Transaction, project: string, environment: string): Promise<void> {
  const preferred = (key: string) => sql`(
    select v.key from ${variants} v where v.project = f.project and v.flag = f.key
    order by (v.key = ${key}) desc, v.position limit 1
  )`;
  await tx.execute(sql`
    insert into ${flagEnvironments}
      (project, flag, environment, off_variant, fallthrough, targets, rules, prerequisites)
    select f.project, f.key, ${environment}, ${preferred("off")},
      jsonb_build_object('variant', ${preferred("on")}), '[]', '[]', '[]'
    from ${flags} f where f.project = ${project}
  `);
}

/** One statement, so that settings and what they refer to are read as of one moment. */
async function insertCopies(
  tx: Transaction,
  project: string,
  environment: string,
  copyFrom: string,
): Promise<void> {
  const source = sql`s.project = ${project} and s.environment = ${copyFrom}`;
  await tx.execute(sql`
    with copied_segment_uses as (
      insert into ${flagSegmentUses} (project, flag, environment, uses_segment)
      select project, flag, ${environment}, uses_segment from ${flagSegmentUses} s where ${source}
    ), copied_flag_uses as (
      insert into ${flagFlagUses} (project, flag, environment, uses_flag)
      select project, flag, ${environment}, uses_flag from ${flagFlagUses} s where ${source}
    )
    insert into ${flagEnvironments}
      (project, flag, environment, enabled, off_variant, fallthrough, targets, rules, prerequisites)
    select project, flag, ${environment}, enabled, off_variant, fallthrough, targets, rules, prerequisites
    from ${flagEnvironments} s where ${source}
  `);
}
