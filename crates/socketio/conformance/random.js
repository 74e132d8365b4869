/** Random numbers that a seed repeats (mulberry32). */
export class Random {
  constructor(seed) {
    this.seed = seed >>> 0;
  }

  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit) {
    this.seed = (this.seed + 0x6d2b79f5) >>> 0;
    let value = this.seed;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return Math.floor((((value ^ (value >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  bytes(count) {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }

  /** Cuts the bytes at random places. */
  split(bytes, pieces) {
    const cuts = Array.from({ length: pieces - 1 }, () => this.below(bytes.length + 1)).sort((a, b) => a - b);
    return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
  }
}
