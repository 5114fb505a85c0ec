/**
 * What a run of `deno test` counted, added up over several runs.
 *
 * @module
 */

/** Tests that passed, failed and were skipped. */
export interface Counts {
  /** Tests that passed. */
  passed: number;
  /** Tests that failed; a run that broke off counts as one. */
  failed: number;
  /** Tests that were skipped. */
  skipped: number;
}

/**
 * Reads the closing line of `deno test`. A run that failed without failing a
 * test, because it did not compile or leaked, counts as one failure.
 */
export function readCounts(text: string, code: number): Counts {
  const line = text.split("\n").findLast((line) => SUMMARY.test(line)) ?? "";
  const count = (word: string) =>
    Number(line.match(new RegExp(`\\| (\\d+) ${word}`))?.[1] ?? 0);
  const failed = count("failed");
  return {
    passed: count("passed"),
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: count("ignored"),
  };
}

const SUMMARY = /^(ok|FAILED) \| \d+ passed/;

/** Adds up. */
export function addCounts(all: readonly Counts[]): Counts {
  return all.reduce((sum, { passed, failed, skipped }) => ({
    passed: sum.passed + passed,
    failed: sum.failed + failed,
    skipped: sum.skipped + skipped,
  }), { passed: 0, failed: 0, skipped: 0 });
}

/** The closing line that CI reads. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
