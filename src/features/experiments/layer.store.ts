/** Statements on layers. Whoever writes holds the project's lock. */
import { and, eq, type SQL } from "drizzle-orm";
import type { Database } from "../../platform/database/index.js";
import { layers } from "./experiment.table.js";
import type { Layer, LayerName } from "./layer.js";

export async function readLayer(database: Database, name: LayerName): Promise<Layer | null> {
  const [layer] = await database.select().from(layers).where(named(name));
  return layer ?? null;
}

function named({ project, key }: LayerName): SQL | undefined {
  return and(eq(layers.project, project), eq(layers.key, key));
}
