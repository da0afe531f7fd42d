/** Counts by the hour as flags have them, drawn by a seed: the same each time. */

/** Uniform on [0, 1). Source: mulberry32, Tommy Ettinger, public domain. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** How much of the mean an hour has, counted from the first: much by day, little by night, less at weekends. */
export function dailyPattern(at: number): number {
  const byDay = 1 + 0.95 * Math.sin((2 * Math.PI * (at % 24)) / 24);
  return byDay * (Math.floor(at / 24) % 7 < 5 ? 1.2 : 0.5);
}

/** A count of that mean and the variance mean + dispersion · mean². */
export function gammaPoisson(random: () => number, mean: number, dispersion: number): number {
  return poisson(random, dispersion === 0 ? mean : mean * dispersion * gamma(random, 1 / dispersion));
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Source: Marsaglia & Tsang, A simple method for generating gamma variables, ACM TOMS 26 (2000); shapes below 1 by their section 6. */
function gamma(random: () => number, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const z = normal(random);
    const v = (1 + z / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random()) < z ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Of a large mean as the normal that it is nearly. */
function poisson(random: () => number, mean: number): number {
  if (mean > 500) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  let [count, left] = [-1, mean];
  while (left >= 0) {
    left += Math.log(1 - random());
    count += 1;
  }
  return count;
}
