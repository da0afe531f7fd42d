/** How the vectors of the distributions are put to the functions. */
import { betaCdf, betaQuantile } from "../../../src/statistics/distributions/beta.js";
import { chiSquaredSf } from "../../../src/statistics/distributions/chi-squared.js";
import { logGamma } from "../../../src/statistics/distributions/gamma.js";
import { logNormalSf, normalCdf, normalQuantile } from "../../../src/statistics/distributions/normal.js";
import { studentCdf, studentQuantile } from "../../../src/statistics/distributions/student.js";
import type { Method } from "../vectors.js";

interface AtX {
  readonly x: number;
}

interface AtP {
  readonly p: number;
}

interface Freedom {
  readonly df: number;
}

interface Shapes {
  readonly a: number;
  readonly b: number;
}

export const distributions: Readonly<Record<string, Method>> = {
  normal_cdf: ({ x }: AtX) => normalCdf(x),
  normal_sf_log: ({ x }: AtX) => logNormalSf(x),
  normal_quantile: ({ p }: AtP) => normalQuantile(p),
  t_cdf: ({ x, df }: AtX & Freedom) => studentCdf(x, df),
  t_quantile: ({ p, df }: AtP & Freedom) => studentQuantile(p, df),
  beta_cdf: ({ x, a, b }: AtX & Shapes) => betaCdf(x, a, b),
  beta_quantile: ({ p, a, b }: AtP & Shapes) => betaQuantile(p, a, b),
  chi2_sf: ({ x, df }: AtX & Freedom) => chiSquaredSf(x, df),
  lgamma: ({ x }: AtX) => logGamma(x),
};
