/** The owner of a flag: inputs name users by e-mail. */
import type { Database } from "../../platform/database/index.js";
import { notFound } from "../../platform/problems.js";
import { findUserByEmail } from "../accounts/index.js";

/** Id of the user with this e-mail; null, and nobody, stay null. Throws NOT_FOUND. */
export async function findOwnerId(
  database: Database,
  email: string | null | undefined,
): Promise<string | null> {
  if (email === null || email === undefined) return null;
  const user = await findUserByEmail(database, email);
  if (user === null) throw notFound("User", email);
  return user.id;
}
