/** Reads the definitions of an environment, as evaluators see them, in three statements without a join: an embedded database keeps no statistics to plan one by. */
import { and, asc, eq, inArray } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Flag as FlagDefinition, FlagType } from "../../evaluation/index.js";
import type { Database } from "../../platform/database/index.js";
import { isTooDeep } from "../../platform/nesting.js";
import { flagEnvironments, flags, variants } from "./flag.table.js";
import { toDefinition } from "./to-definition.js";

/** A flag as an environment's evaluator sees it, with what is not part of its definition. */
export interface LoadedFlag {
  readonly definition: FlagDefinition;
  readonly tags: readonly string[];
  readonly valueSchema: unknown;
}

type VariantDefinition = FlagDefinition["variants"][number];

/** The flags of an environment that are not archived, by key: all of them, or those among `keys`. */
export async function loadFlags(
  database: Database,
  project: string,
  environment: string,
  keys: readonly string[] | null,
): Promise<LoadedFlag[]> {
  if (keys?.length === 0) return [];
  const among = (column: PgColumn) => (keys === null ? undefined : inArray(column, [...keys]));
  const rows = await database
    .select({
      key: flags.key,
      type: flags.type,
      clientVisible: flags.clientVisible,
      tags: flags.tags,
      valueSchema: flags.valueSchema,
    })
    .from(flags)
    .where(and(eq(flags.project, project), among(flags.key), eq(flags.archived, false)))
    .orderBy(asc(flags.key));
  const settings = await database
    .select()
    .from(flagEnvironments)
    .where(
      and(
        eq(flagEnvironments.project, project),
        among(flagEnvironments.flag),
        eq(flagEnvironments.environment, environment),
      ),
    );
  const settingsOf = new Map(settings.map((row) => [row.flag, row]));
  const found = await database
    .select({ flag: variants.flag, key: variants.key, value: variants.value })
    .from(variants)
    .where(and(eq(variants.project, project), among(variants.flag)))
    .orderBy(asc(variants.position));
  const variantsOf = new Map<string, VariantDefinition[]>(rows.map(({ key }) => [key, []]));
  for (const { flag, key, value } of found) variantsOf.get(flag)?.push({ key, value });
  return rows.flatMap(({ key, type, clientVisible, tags, valueSchema }) => {
    const own = settingsOf.get(key);
    if (own === undefined) return [];
    const shared = { key, clientVisible, type: type as FlagType, variants: variantsOf.get(key) ?? [] };
    return [{ definition: definitionOf(shared, own), tags, valueSchema }];
  });
}

/** Total: rows that cannot be read at all give a definition that evaluators call malformed, and no other flag suffers. */
function definitionOf(...[flag, settings]: Parameters<typeof toDefinition>): FlagDefinition {
  try {
    const definition = toDefinition(flag, settings);
    return isTooDeep(definition) ? standIn(flag, settings) : definition;
  } catch {
    return standIn(flag, settings);
  }
}

function standIn(...[{ key, type }, { enabled, version }]: Parameters<typeof toDefinition>): FlagDefinition {
  return { key, type, version, enabled, variants: [], fallthrough: { variant: "" } };
}
