/** Ratios of two sums over the same units, such as revenue per order, whose parts vary together. */
import { between } from "../ranges.js";
import { checkSample, type Mean, meanOf, type PairSums, varianceOf } from "../samples.js";
import type { ArmEstimate } from "./means.js";

/**
 * An arm's ratio of sums and its variance by the delta method; nothing is told by fewer than two units or by
 * denominators that sum to 0.
 * Deng, Knoblich & Lu 2018, "Applying the delta method in metric analytics: a practical guide with novel ideas".
 */
export function estimateRatio(pairs: PairSums): ArmEstimate {
  const { n, sum, sumSquares, denominatorSum, denominatorSumSquares, productSum } = pairs;
  const value: Mean = { kind: "mean", n, sum, sumSquares };
  const denominator: Mean = { kind: "mean", n, sum: denominatorSum, sumSquares: denominatorSumSquares };
  checkSample("value", value);
  checkSample("denominator", denominator);
  between("productSum", productSum, -Infinity, Infinity);
  const df = Math.max(0, n - 1);
  if (denominatorSum === 0) return { n, estimate: 0, variance: Infinity, df };
  const ratio = sum / denominatorSum;
  if (n < 2) return { n, estimate: ratio, variance: Infinity, df };
  const covariance = (productSum - sum * meanOf(denominator)) / (n - 1);
  const residual = varianceOf(value) - 2 * ratio * covariance + ratio ** 2 * varianceOf(denominator);
  return { n, estimate: ratio, variance: Math.max(0, residual) / meanOf(denominator) ** 2 / n, df };
}
