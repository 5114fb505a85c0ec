/**
 * Text for people, made harmless: no control characters, white space as one
 * blank, whole characters, bounded. Pure.
 *
 * @module
 */
import { PLAYLIST_TITLE_CHARACTERS_MAX } from "../limits.ts";

/** A cleaned text, and what was done to it. */
export interface CleanText {
  text: string;
  /** Control characters other than white space were taken out. */
  hadControls: boolean;
  /** It was cut. */
  cut: boolean;
}

const WHITE = /\s+/gu;
/** Most texts: ASCII words, one blank between two. */
const CLEAN = /^[!-~]+(?: [!-~]+)*$/;
const CONTROLS = /\p{Cc}+/gu;

/**
 * Cleans a text.
 *
 * @param max characters (UTF-16 units) to keep, default those of a title
 *
 * @example
 * ```ts
 * import { cleanText } from "./text.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(cleanText(" a\n\t\u0085b ").text, "a b");
 * ```
 */
export function cleanText(
  text: string,
  max: number = PLAYLIST_TITLE_CHARACTERS_MAX,
): CleanText {
  if (text.length <= max && CLEAN.test(text)) {
    return { text, hadControls: false, cut: false };
  }
  const joined = text.replace(WHITE, " ");
  const plain = joined.replace(CONTROLS, " ");
  const tidy = plain === joined ? joined : plain.replace(WHITE, " ");
  const trimmed = tidy.trim();
  return {
    text: cutTo(trimmed, max).toWellFormed(),
    hadControls: plain !== joined,
    cut: trimmed.length > max,
  };
}

/** The first `max` units, without half a character at the end. */
function cutTo(text: string, max: number): string {
  if (text.length <= max) return text;
  return text.slice(0, max).replace(/[\uD800-\uDBFF]$/, "").trimEnd();
}
