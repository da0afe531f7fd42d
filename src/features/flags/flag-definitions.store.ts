/** Reads the definitions of an environment, as evaluators see them, in two statements however many flags there are. */
import { and, asc, eq, inArray } from "drizzle-orm";
import type { Flag as FlagDefinition, FlagType } from "../../evaluation/index.js";
import type { Database } from "../../platform/database/index.js";
import { flagEnvironments, flags, variants } from "./flag.table.js";
import { toDefinition } from "./to-definition.js";

/** A flag as an environment's evaluator sees it, with what is not part of its definition. */
export interface LoadedFlag {
  readonly definition: FlagDefinition;
  readonly tags: readonly string[];
  readonly valueSchema: unknown;
}

/** The flags of an environment that are not archived, by key: all of them, or those among `keys`. */
export async function loadFlags(
  database: Database,
  project: string,
  environment: string,
  keys: readonly string[] | null,
): Promise<LoadedFlag[]> {
  if (keys?.length === 0) return [];
  const rows = await database
    .select({
      flag: {
        key: flags.key,
        type: flags.type,
        clientVisible: flags.clientVisible,
        tags: flags.tags,
        valueSchema: flags.valueSchema,
      },
      settings: flagEnvironments,
    })
    .from(flags)
    .innerJoin(
      flagEnvironments,
      and(eq(flagEnvironments.project, flags.project), eq(flagEnvironments.flag, flags.key)),
    )
    .where(
      and(
        eq(flags.project, project),
        eq(flags.archived, false),
        eq(flagEnvironments.environment, environment),
        keys === null ? undefined : inArray(flags.key, [...keys]),
      ),
    )
    .orderBy(asc(flags.key));
  const variantsOf = await loadVariants(database, project, keys);
  return rows.map(({ flag: { tags, valueSchema, ...flag }, settings }) => {
    const shared = { ...flag, type: flag.type as FlagType, variants: variantsOf.get(flag.key) ?? [] };
    return { definition: definitionOf(shared, settings), tags, valueSchema };
  });
}

/** Total: rows that cannot be read at all give a definition that evaluators call malformed, and no other flag suffers. */
function definitionOf(...[flag, settings]: Parameters<typeof toDefinition>): FlagDefinition {
  try {
    return toDefinition(flag, settings);
  } catch {
    const { key, type } = flag;
    const { enabled, version } = settings;
    return { key, type, version, enabled, variants: [], fallthrough: { variant: "" } };
  }
}

type VariantDefinition = FlagDefinition["variants"][number];

async function loadVariants(
  database: Database,
  project: string,
  keys: readonly string[] | null,
): Promise<Map<string, VariantDefinition[]>> {
  const rows = await database
    .select({ flag: variants.flag, key: variants.key, value: variants.value })
    .from(variants)
    .where(and(eq(variants.project, project), keys === null ? undefined : inArray(variants.flag, [...keys])))
    .orderBy(asc(variants.flag), asc(variants.position));
  const byFlag = new Map<string, VariantDefinition[]>();
  for (const { flag, key, value } of rows) {
    const known = byFlag.get(flag);
    if (known === undefined) byFlag.set(flag, [{ key, value }]);
    else known.push({ key, value });
  }
  return byFlag;
}
