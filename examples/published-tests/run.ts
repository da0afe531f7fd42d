/** Prints each published test as Halyard sees it, beside what was published. */
import { analyseAssignment, analyseOutcome, publishedTests } from "./analyse.js";

for (const test of publishedTests) {
  console.log(`\n${test.name} (${test.source})`);
  const { atOneLook, atAnyTime } = analyseAssignment(test);
  const published = test.published === undefined ? "" : `; published p ${test.published.sampleRatioP}`;
  console.log(
    `  units ${test.control} and ${test.treatment}: split as planned? p ${shown(atOneLook)} at one look, ${shown(atAnyTime)} at any time${published}`,
  );
  for (const outcome of test.outcomes) {
    const { rates, difference, z, pValue, interval, lift } = analyseOutcome(outcome);
    const points = [difference, interval.lower, interval.upper].map((share) => (100 * share).toFixed(3));
    console.log(`  ${outcome.name}: ${percent(rates.control)} → ${percent(rates.treatment)}`);
    console.log(
      `    ${points[0]} points (95 %: ${points[1]} to ${points[2]}), z ${z.toFixed(3)}, p ${shown(pValue)}`,
    );
    console.log(
      `    lift ${percent(lift.lift)} (95 %: ${percent(lift.interval.lower)} to ${percent(lift.interval.upper)})`,
    );
    console.log(`    published: ${JSON.stringify(outcome.published)}`);
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(3)} %`;
}

function shown(p: number): string {
  return p < 0.0001 ? p.toExponential(1) : p.toFixed(4);
}
