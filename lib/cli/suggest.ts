/**
 * "Did you mean": the nearest of a few known names. Pure.
 *
 * @module
 */

/**
 * The known name with the fewest edits from `typed`, if it is near enough to
 * be a slip: at most a third of its letters, at least one.
 */
export function nearest(
  typed: string,
  known: readonly string[],
): string | undefined {
  let best: string | undefined;
  let bestEdits = Infinity;
  for (const name of known) {
    const edits = distance(typed, name);
    const allowed = Math.max(1, Math.floor(name.length / 3));
    if (edits <= allowed && edits < bestEdits) {
      best = name;
      bestEdits = edits;
    }
  }
  return best;
}

/** Insertions, deletions, changes and swaps of neighbours from `a` to `b`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(
        next[j - 1]! + 1,
        row[j]! + 1,
        row[j - 1]! + change,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2]! + 1);
      }
      next[j] = cost;
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
