/**
 * Which codec an item will probably have, before a byte of it is here: enough
 * to offer a mount while nothing can be played. The content decides later. Pure.
 *
 * @module
 */
import type { Codec } from "../media/packet.ts";
import type { Item } from "../playlist/playlist.ts";

/**
 * The likely codec by media type, else by the address's ending, else MP3: what
 * every player plays.
 */
export function guessCodec(item: Item | undefined): Codec {
  const type = item?.type?.toLowerCase() ?? "";
  if (/mpeg|mp3/.test(type)) return "mp3";
  if (/opus|ogg/.test(type)) return /vorbis/.test(type) ? "vorbis" : "opus";
  const path = URL.parse(item?.url ?? "")?.pathname.toLowerCase() ?? "";
  return /\.(opus|ogg|oga)$/.test(path) ? "opus" : "mp3";
}
