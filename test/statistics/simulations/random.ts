/** Chance for the simulations: fast, of good quality, and the same again for the same seed. */

/** xoshiro128** (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021), and draws by it. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spare: number | undefined;

  /** Generators of one seed and different names are independent. */
  constructor(seed: number, name = "") {
    let mixed = mix(seed | 0);
    for (const letter of name) mixed = mix((mixed + 0x9e3779b9) ^ (letter.codePointAt(0) ?? 0));
    this.#a = mix((mixed + 0x9e3779b9) | 0);
    this.#b = mix((mixed + 2 * 0x9e3779b9) | 0);
    this.#c = mix((mixed + 3 * 0x9e3779b9) | 0);
    this.#d = mix((mixed + 4 * 0x9e3779b9) | 0);
  }

  /** In (0, 1), never either end. */
  uniform(): number {
    return ((this.#next() >>> 0) + 0.5) / 2 ** 32;
  }

  /** Of mean 0 and variance 1: Marsaglia's polar method, two at a time. */
  normal(): number {
    if (this.#spare !== undefined) {
      const kept = this.#spare;
      this.#spare = undefined;
      return kept;
    }
    let [x, y, square] = [0, 0, 0];
    do {
      x = 2 * this.uniform() - 1;
      y = 2 * this.uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    this.#spare = y * factor;
    return x * factor;
  }

  #next(): number {
    const drawn = Math.imul(rotated(Math.imul(this.#b, 5), 7), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotated(this.#d, 11);
    return drawn;
  }
}

function rotated(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

/** The finaliser of MurmurHash3: near seeds come far apart. */
function mix(bits: number): number {
  let mixed = bits;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
