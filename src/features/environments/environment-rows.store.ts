/** What statements of later rooms may read of environments: a subquery, to stand after `from`. */
import { sql } from "drizzle-orm";
import { environments } from "./environment.table.js";

/** Columns: project, key, created_at. */
export const environmentRows = sql`(select ${environments.project}, ${environments.key}, ${environments.createdAt} from ${environments})`;
