/** MurmurHash3_x86_32 (Austin Appleby, public domain) over UTF-8, with the constant first part of the input hashed in advance. */

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** Input taken in so far: whole blocks in `hash`, up to three bytes in `block`, and the number of bytes. */
interface State {
  hash: number;
  block: number;
  length: number;
}

/** Gives the hash of `prefix + value` for any value, as an unsigned 32-bit integer. Lone surrogates hash as U+FFFD. */
export function murmur3(prefix: string, seed = 0): (value: string) => number {
  const start: State = { hash: seed | 0, block: 0, length: 0 };
  take(start, prefix, 0);
  const { hash, block, length } = start;
  const shift = (length & 3) << 3;
  return (value) => hashFrom(hash, block, shift, length, value);
}

/** ASCII four characters at a time; byte by byte where there is any other. */
function hashFrom(hash: number, block: number, shift: number, taken: number, value: string): number {
  const whole = value.length & ~3;
  let at = 0;
  for (; at < whole; at += 4) {
    const a = value.charCodeAt(at);
    const b = value.charCodeAt(at + 1);
    const c = value.charCodeAt(at + 2);
    const d = value.charCodeAt(at + 3);
    if ((a | b | c | d) > 0x7f) return hashRest({ hash, block, length: taken + at }, value, at);
    const word = a | (b << 8) | (c << 16) | (d << 24);
    hash = mixBlock(hash, block | (word << shift));
    block = shift === 0 ? 0 : word >>> (32 - shift);
  }
  let tail = 0;
  for (let i = at; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 0x7f) return hashRest({ hash, block, length: taken + at }, value, at);
    tail |= code << ((i - at) << 3);
  }
  block |= tail << shift;
  if (shift + ((value.length - at) << 3) >= 32) {
    hash = mixBlock(hash, block);
    block = tail >>> (32 - shift);
  }
  return finish(hash, block, taken + value.length);
}

function hashRest(state: State, value: string, from: number): number {
  take(state, value, from);
  return finish(state.hash, state.block, state.length);
}

function take(state: State, text: string, from: number): void {
  for (let i = from; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0;
    if (point > 0xffff) i++;
    takePoint(state, point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
  }
}

/** UTF-8, RFC 3629 section 3. */
function takePoint(state: State, point: number): void {
  if (point < 0x80) return takeByte(state, point);
  if (point < 0x800) {
    takeByte(state, 0xc0 | (point >> 6));
  } else {
    if (point < 0x10000) takeByte(state, 0xe0 | (point >> 12));
    else {
      takeByte(state, 0xf0 | (point >> 18));
      takeByte(state, 0x80 | ((point >> 12) & 0x3f));
    }
    takeByte(state, 0x80 | ((point >> 6) & 0x3f));
  }
  takeByte(state, 0x80 | (point & 0x3f));
}

function takeByte(state: State, byte: number): void {
  state.block |= byte << ((state.length & 3) << 3);
  state.length++;
  if ((state.length & 3) !== 0) return;
  state.hash = mixBlock(state.hash, state.block);
  state.block = 0;
}

function scramble(block: number): number {
  const k = Math.imul(block, C1);
  return Math.imul((k << 15) | (k >>> 17), C2);
}

function mixBlock(hash: number, block: number): number {
  const h = hash ^ scramble(block);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, tail: number, length: number): number {
  let h = ((length & 3) === 0 ? hash : hash ^ scramble(tail)) ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
