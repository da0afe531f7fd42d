/** How the vectors of looking at any time are put to the functions. */
import type { Method } from "../vectors.js";

export const sequential: Readonly<Record<string, Method>> = {};
