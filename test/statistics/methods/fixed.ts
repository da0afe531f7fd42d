/** How the vectors of fixed horizons are put to the functions. */
import type { Method } from "../vectors.js";

export const fixed: Readonly<Record<string, Method>> = {};
