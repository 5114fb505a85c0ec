/** The types of `@std/crypto` 1.1.0 that the program uses. */

/**
 * Compares two byte sequences in a time that does not tell where they differ.
 *
 * @throws {TypeError} if their lengths differ
 */
export function timingSafeEqual(
  a: ArrayBufferView | ArrayBufferLike,
  b: ArrayBufferView | ArrayBufferLike,
): boolean;
