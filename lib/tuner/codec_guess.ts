/**
 * Which codecs an item will probably have, before a byte of it is here: enough
 * to offer a mount while nothing can be played. The content decides later. Pure.
 *
 * @module
 */
import type { StreamKind } from "../media/pairing.ts";
import type { Item } from "../playlist/playlist.ts";

/** What a type or a name's ending tells, the surest first. */
const SIGNS: readonly [RegExp, StreamKind][] = [
  [/^video\/webm|\.webm$/, { codec: "opus", video: "vp9" }],
  [/^video\/|\.(mp4|m4v|ts|mkv)$/, { codec: "aac", video: "h264" }],
  [/vorbis/, { codec: "vorbis" }],
  [/flac/, { codec: "flac" }],
  [/opus|ogg|webm|\.oga$/, { codec: "opus" }],
  [/aac|mp4|m4a/, { codec: "aac" }],
];

/**
 * The likely codecs by media type, else by the address's ending, else MP3: what
 * every player plays.
 */
export function guessKind(item: Item | undefined): StreamKind {
  const type = item?.type?.toLowerCase() ?? "";
  if (/audio\/(mpeg|mp3)/.test(type)) return { codec: "mp3" };
  const path = URL.parse(item?.url ?? "")?.pathname.toLowerCase() ?? "";
  const ending = /\.[a-z0-9]+$/.exec(path)?.[0] ?? "";
  const find = (text: string) => SIGNS.find(([sign]) => sign.test(text))?.[1];
  return find(type) ?? find(ending) ?? { codec: "mp3" };
}
