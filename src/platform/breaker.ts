/** How it stands between this process and something that it leans on. */

/** closed: calls go through. open: they fail at once. half-open: one goes through, to see. */
export type BreakerState = "closed" | "half-open" | "open";
