/** SEMVER_*: precedence of Semantic Versioning 2.0.0, section 11. */
import { comparison } from "./operator.js";

const NUMERIC = "(0|[1-9]\\d*)";
const IDENTIFIER = "(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)";
const VERSION = new RegExp(
  `^v?${NUMERIC}(?:\\.${NUMERIC})?(?:\\.${NUMERIC})?(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);
const DIGITS = /^\d+$/;

/** Major, minor and patch as decimal digits of any length, then the pre-release identifiers. */
interface Version {
  readonly release: readonly string[];
  readonly prerelease: readonly string[];
}

/** Accepts a leading `v` and a missing minor or patch (0); ignores build metadata. */
function readVersion(value: unknown): Version | undefined {
  const parts = typeof value === "string" ? VERSION.exec(value) : null;
  if (parts === null) return undefined;
  const [, major = "0", minor = "0", patch = "0", prerelease] = parts;
  return { release: [major, minor, patch], prerelease: prerelease?.split(".") ?? [] };
}

/** Negative, zero or positive, as `a` precedes, equals or follows `b`. */
function compareVersions(a: Version, b: Version): number {
  const release = compareLists(a.release, b.release);
  if (release !== 0) return release;
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return b.prerelease.length - a.prerelease.length;
  }
  return compareLists(a.prerelease, b.prerelease);
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers compare by size and come before words; words compare in ASCII order. */
function compareIdentifiers(a: string, b: string): number {
  const numeric = DIGITS.test(a);
  if (numeric !== DIGITS.test(b)) return numeric ? -1 : 1;
  if (numeric && a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

const EXPECTED = "a semantic version such as 2.1.0";
const versions = (holds: (order: number) => boolean) =>
  comparison(EXPECTED, readVersion, (actual, literal) => holds(compareVersions(actual, literal)));

export const sameVersion = versions((order) => order === 0);
export const newer = versions((order) => order > 0);
export const newerOrSame = versions((order) => order >= 0);
export const older = versions((order) => order < 0);
export const olderOrSame = versions((order) => order <= 0);
