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
