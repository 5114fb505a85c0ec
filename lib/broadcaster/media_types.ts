/**
 * Which files of a folder are media, by their names, and the type each is
 * written with. What a file really is, its content decides when it is read.
 * Pure.
 *
 * @module
 */

/** File endings, in lower case, and the media types they are served with. */
const TYPES: Readonly<Record<string, string>> = {
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  opus: "audio/ogg",
  flac: "audio/flac",
  m4a: "audio/mp4",
  mp4: "video/mp4",
  m4v: "video/mp4",
  aac: "audio/aac",
  wav: "audio/wav",
  aif: "audio/aiff",
  aiff: "audio/aiff",
  wma: "audio/x-ms-wma",
  ape: "audio/x-ape",
  wv: "audio/x-wavpack",
  weba: "audio/webm",
  webm: "video/webm",
  mkv: "video/x-matroska",
  mka: "audio/x-matroska",
  ts: "video/mp2t",
  m2ts: "video/mp2t",
  mts: "video/mp2t",
};

/** The file endings of media, in lower case. */
export const MEDIA_ENDINGS: readonly string[] = Object.keys(TYPES);

/**
 * The media type of a file by its name.
 *
 * @returns undefined where it is no media file
 *
 * @example
 * ```ts
 * import { typeOfName } from "./media_types.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(typeOfName("a.b/First.MP3"), "audio/mpeg");
 * assertEquals(typeOfName("a.mp3.tree"), undefined);
 * ```
 */
export function typeOfName(name: string): string | undefined {
  const ending = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(TYPES, ending) ? TYPES[ending] : undefined;
}

/** A file's name for people: without folders and ending. */
export function titleOfName(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.replace(/\.[^.]+$/, "").replace(/[_]+/g, " ").trim() || name;
}
