/**
 * The media playlist of a live stream (RFC 8216). Pure text.
 *
 * @module
 */
import type { Segmenter } from "./segmenter.ts";

/**
 * The playlist of the moment; without segments it is one that players ask for
 * again.
 *
 * @param folder of the segments, relative to the playlist, with a slash at the end
 */
export function mediaPlaylist(segmenter: Segmenter, folder: string): string {
  const { listed, changesBefore } = segmenter;
  const lines = [
    "#EXTM3U",
    // EXT-X-MAP without I-frames alone is of version 6 (RFC 8216, 7).
    `#EXT-X-VERSION:${listed[0]?.init === undefined ? 3 : 6}`,
    `#EXT-X-TARGETDURATION:${segmenter.targetMs / 1000}`,
    `#EXT-X-MEDIA-SEQUENCE:${listed[0]?.number ?? 0}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${changesBefore}`,
  ];
  let map: number | undefined;
  for (const segment of listed) {
    const { init } = segment;
    if (segment.isChange) lines.push("#EXT-X-DISCONTINUITY");
    if (init !== undefined && init.number !== map) {
      lines.push(`#EXT-X-MAP:URI="${folder}init-${init.number}.mp4"`);
    }
    map = init?.number;
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.atMs).toISOString()}`,
      `#EXTINF:${(segment.durationMs / 1000).toFixed(6)},${
        oneLine(segment.title)
      }`,
      `${folder}${segment.number}.${init === undefined ? "ts" : "m4s"}`,
    );
  }
  return lines.join("\n") + "\n";
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f]+/g, " ").trim().toWellFormed();
}
