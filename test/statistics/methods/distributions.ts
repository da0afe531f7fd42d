/** How the vectors of the distributions are put to the functions. */
import type { Method } from "../vectors.js";

export const distributions: Readonly<Record<string, Method>> = {};
