/** The shape of an operator: how it reads the values it is given, and how it tests an attribute against them. */

/** Tests one scalar of the context; an element of a list is tested like a scalar. Must be total. */
export type Matcher = (actual: unknown) => boolean;

/** The literals as one operator understands them, ready to test. */
export interface Compiled {
  readonly matches: Matcher;
  /** Epoch milliseconds, whole, at which the verdict may flip when the attribute is the clock. */
  readonly flips: readonly number[];
}

export interface Operator {
  /**
   * Compiles the values of a clause. `complain` is called for each value that the operator cannot read, with its index and what it
   * should have been.
   */
  readonly compile: (
    values: readonly unknown[],
    ignoreCase: boolean,
    complain: (index: number, expected: string) => void,
  ) => Compiled;
}

interface Definition<Literal> {
  /** What a value should be, for messages: "must be …". */
  readonly expected: string;
  /** Undefined when the value cannot be read; a `Complaint` says why in its own words. */
  readonly read: (value: unknown, ignoreCase: boolean) => Literal | Complaint | undefined;
  /** Tests against any of the literals. */
  readonly match: (literals: readonly Literal[], ignoreCase: boolean) => Matcher;
  /** For a clause on the clock: the whole milliseconds at which the verdict on this literal flips. */
  readonly flips?: (literal: Literal) => readonly number[];
}

/** Why a value cannot be read, where "must be a …" would not say enough. */
export class Complaint {
  constructor(readonly expected: string) {}
}

export function operator<Literal>(definition: Definition<Literal>): Operator {
  return {
    compile: (values, ignoreCase, complain) => {
      const literals: Literal[] = [];
      for (const [index, value] of values.entries()) {
        const literal = definition.read(value, ignoreCase);
        if (literal === undefined) complain(index, definition.expected);
        else if (literal instanceof Complaint) complain(index, literal.expected);
        else literals.push(literal);
      }
      const flips = definition.flips === undefined ? [] : literals.flatMap(definition.flips);
      return { matches: definition.match(literals, ignoreCase), flips };
    },
  };
}

/** An operator that reads attribute and literal alike and compares the two. `read` must never give undefined for what it can read. */
export function comparison<Literal>(
  expected: string,
  read: (value: unknown) => Literal | undefined,
  holds: (actual: Literal, literal: Literal) => boolean,
  flips?: (literal: Literal) => readonly number[],
): Operator {
  const match = (literals: readonly Literal[]): Matcher => {
    const test = anyOf(literals, holds);
    return (value) => {
      const actual = read(value);
      return actual !== undefined && test(actual);
    };
  };
  return operator({ expected, read, match, ...(flips === undefined ? {} : { flips }) });
}

/** A test against any of the literals; one literal, the usual case, takes no loop. */
export function anyOf<Literal, Actual>(
  literals: readonly Literal[],
  holds: (actual: Actual, literal: Literal) => boolean,
): (actual: Actual) => boolean {
  const [only] = literals;
  if (literals.length === 1 && only !== undefined) return (actual) => holds(actual, only);
  return (actual) => literals.some((literal) => holds(actual, literal));
}
