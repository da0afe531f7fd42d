/** What statements of later rooms may read of API keys: a subquery without secrets, to stand after `from`. */
import { sql } from "drizzle-orm";
import { apiKeys } from "./account.table.js";

/** Columns: id, name, kind, project, environment. */
export const apiKeyRows = sql`(select ${apiKeys.id}, ${apiKeys.name}, ${apiKeys.kind}, ${apiKeys.project}, ${apiKeys.environment} from ${apiKeys})`;
