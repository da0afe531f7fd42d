/** The doorway of the statistics: sums in, estimates and decisions out; no data, no clock, no chance. */
export {};
