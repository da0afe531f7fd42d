/** What is counted of metrics by the hour, so that somebody can watch over them. Pure. */

/** EVENTS: those that came in. RATES: of the newly exposed, how many did something soon. */
export type WatchedKind = "EVENTS" | "RATES";
