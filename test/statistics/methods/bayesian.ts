/** How the vectors of posteriors are put to the functions. */
import type { Method } from "../vectors.js";

export const bayesian: Readonly<Record<string, Method>> = {};
