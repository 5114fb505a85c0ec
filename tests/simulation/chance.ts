/**
 * Seeded chance: the only source of it in a simulated world.
 *
 * @module
 */

/** Numbers in [0, 1) that follow from a seed: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number between two, evenly. */
export function between(
  random: () => number,
  [low, high]: readonly [number, number],
): number {
  return low + random() * (high - low);
}

/** Up to `count` of the items, each as likely as any other. */
export function pick<T>(
  random: () => number,
  items: Iterable<T>,
  count: number,
): T[] {
  const rest = [...items];
  const picked: T[] = [];
  while (picked.length < count && rest.length > 0) {
    const index = Math.floor(random() * rest.length);
    picked.push(rest[index]!);
    rest[index] = rest[rest.length - 1]!;
    rest.pop();
  }
  return picked;
}

/** An id as random as real ones, of a number. */
export function idOf(number: number): string {
  const words = Uint32Array.from({ length: 4 }, (_, i) => mix(4 * number + i));
  return [...words].map((word) => word.toString(16).padStart(8, "0")).join("");
}

/** MurmurHash3's finaliser. */
function mix(number: number): number {
  let hash = Math.imul(number + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
