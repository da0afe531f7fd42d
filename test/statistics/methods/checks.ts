/** How the vectors of checks, plans and bandits are put to the functions. */
import type { Method } from "../vectors.js";

export const checks: Readonly<Record<string, Method>> = {};
