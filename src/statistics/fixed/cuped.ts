/** CUPED: what is known of units before they are exposed explains part of their values, and the rest varies less. */
import { between } from "../ranges.js";
import { type Arms, type CovariateSums, checkSample, type Mean, meanOf, varianceOf } from "../samples.js";
import { type ArmEstimate, estimateMean } from "./means.js";
import { combineStrata } from "./strata.js";

export interface Cuped {
  /** The adjusted arms, stratum by stratum. */
  readonly strata: readonly Arms<ArmEstimate>[];
  /** How much of the covariate is taken off a value: cov(Y, X)/var(X); 0 where the covariate does not vary. */
  readonly theta: number;
  /** The share by which the variance of the difference over all strata fell; below 0 where it rose. */
  readonly varianceReduction: number;
}

/**
 * Both arms' means of the values less θ times how far the covariate is from its mean in the stratum. θ is one for all,
 * from both arms together within strata.
 * Deng, Xu, Kohavi & Walker 2013, "Improving the sensitivity of online controlled experiments by utilizing
 * pre-experiment data".
 */
export function cuped(strata: readonly Arms<CovariateSums>[]): Cuped {
  for (const { control, treatment } of strata) {
    check("control", control);
    check("treatment", treatment);
  }
  const theta = sharedTheta(strata.map(({ control, treatment }) => together(control, treatment)));
  const adjusted = strata.map(({ control, treatment }) => {
    const centre = meanOf(covariates(together(control, treatment)));
    return { control: adjust(control, theta, centre), treatment: adjust(treatment, theta, centre) };
  });
  const plain = strata.map(({ control, treatment }) => ({
    control: estimateMean(values(control)),
    treatment: estimateMean(values(treatment)),
  }));
  return { strata: adjusted, theta, varianceReduction: reduction(plain, adjusted) };
}

function sharedTheta(strata: readonly CovariateSums[]): number {
  const spread = strata.reduce((sum, one) => sum + Math.max(0, one.n - 1) * varianceOf(covariates(one)), 0);
  const shared = strata.reduce((sum, one) => sum + Math.max(0, one.n - 1) * covarianceOf(one), 0);
  return spread === 0 ? 0 : shared / spread;
}

function adjust(sums: CovariateSums, theta: number, centre: number): ArmEstimate {
  const { n, estimate, variance, df } = estimateMean(values(sums));
  if (variance === Infinity) return { n, estimate, variance, df };
  const covariate = covariates(sums);
  const change = theta ** 2 * varianceOf(covariate) - 2 * theta * covarianceOf(sums);
  return {
    n,
    estimate: estimate - theta * (meanOf(covariate) - centre),
    variance: Math.max(0, variance + change / n),
    df,
  };
}

function reduction(plain: readonly Arms<ArmEstimate>[], adjusted: readonly Arms<ArmEstimate>[]): number {
  const [before, after] = [varianceOfDifference(plain), varianceOfDifference(adjusted)];
  return before === 0 || before === Infinity ? 0 : 1 - after / before;
}

function varianceOfDifference(strata: readonly Arms<ArmEstimate>[]): number {
  const { control, treatment } = combineStrata(strata);
  return control.variance + treatment.variance;
}

function check(name: string, sums: CovariateSums): void {
  checkSample(name, values(sums));
  checkSample(`${name}.covariate`, covariates(sums));
  between(`${name}.productSum`, sums.productSum, -Infinity, Infinity);
}

function together(first: CovariateSums, second: CovariateSums): CovariateSums {
  return {
    n: first.n + second.n,
    sum: first.sum + second.sum,
    sumSquares: first.sumSquares + second.sumSquares,
    covariateSum: first.covariateSum + second.covariateSum,
    covariateSumSquares: first.covariateSumSquares + second.covariateSumSquares,
    productSum: first.productSum + second.productSum,
  };
}

function values({ n, sum, sumSquares }: CovariateSums): Mean {
  return { kind: "mean", n, sum, sumSquares };
}

function covariates({ n, covariateSum, covariateSumSquares }: CovariateSums): Mean {
  return { kind: "mean", n, sum: covariateSum, sumSquares: covariateSumSquares };
}

function covarianceOf({ n, sum, covariateSum, productSum }: CovariateSums): number {
  return n < 2 ? 0 : (productSum - (sum / n) * covariateSum) / (n - 1);
}
