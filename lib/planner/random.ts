/**
 * Chance that repeats: numbers from a seed and words, so that the same programme
 * file makes the same programme on every machine and at every run. Pure.
 *
 * @module
 */

/** A number in [0, 1). */
export type Random = () => number;

/**
 * Numbers that depend on the words alone.
 *
 * FNV-1a makes a state of the words, mulberry32 numbers of the state; both are
 * in the public domain, and more than a shuffle needs.
 */
export function seeded(...words: readonly (string | number)[]): Random {
  let state = fnv1a(words.join("\0"));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash;
}

/** A shuffled copy (Fisher and Yates). */
export function shuffled<T>(list: readonly T[], random: Random): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
