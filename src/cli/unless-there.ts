/** What a start adds may be there already, or another instance may be faster. */
import { Problem } from "../platform/problems.js";

/** Whether this call made it. */
export async function unlessThere(create: () => Promise<unknown>): Promise<boolean> {
  try {
    await create();
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === "ALREADY_EXISTS") return false;
    throw error;
  }
}
