/** What statements of later rooms may read of flags: subqueries, to stand after `from`. */
import { sql } from "drizzle-orm";
import { flagEnvironments, flags } from "./flag.table.js";

/** Columns: project, key, kind, archived, client_visible, created_at. */
export const flagRows = sql`(select ${flags.project}, ${flags.key}, ${flags.kind}, ${flags.archived}, ${flags.clientVisible}, ${flags.createdAt} from ${flags})`;

/** What flags do in environments. Columns: project, flag, environment, updated_at. */
export const flagEnvironmentRows = sql`(select ${flagEnvironments.project}, ${flagEnvironments.flag}, ${flagEnvironments.environment}, ${flagEnvironments.updatedAt} from ${flagEnvironments})`;
