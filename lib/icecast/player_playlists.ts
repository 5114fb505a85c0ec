/**
 * Little playlists that open a mount in a media player: `.m3u`, `.xspf` and
 * `.vclt` as Icecast gives them for any mount, and `.pls`, which more radios know.
 *
 * @module
 */
import { escapeXml } from "./admin/xml.ts";

/** A mount as a player's playlist names it. */
export interface PlaylistEntry {
  /** Where the stream is. */
  url: string;
  /** The station's name. */
  name: string;
  /** What is on, where known. */
  title?: string;
  /** The station's page. */
  infoUrl?: string;
}

/** A playlist file. */
export interface PlaylistFile {
  contentType: string;
  body: string;
}

/** The playlist formats by file extension. */
export const PLAYLIST_FORMATS = {
  m3u: (entry: PlaylistEntry): PlaylistFile => ({
    contentType: "audio/x-mpegurl",
    body: `${entry.url}\r\n`,
  }),
  pls: (entry: PlaylistEntry): PlaylistFile => ({
    contentType: "audio/x-scpls",
    body: [
      "[playlist]",
      "NumberOfEntries=1",
      `File1=${entry.url}`,
      `Title1=${oneLine(entry.name)}`,
      "Length1=-1",
      "Version=2",
      "",
    ].join("\r\n"),
  }),
  xspf: (entry: PlaylistEntry): PlaylistFile => ({
    contentType: "application/xspf+xml; charset=UTF-8",
    body: xspf(entry),
  }),
  vclt: (entry: PlaylistEntry): PlaylistFile => ({
    contentType: "audio/x-vclt; charset=UTF-8",
    body: [
      `STREAMURL=${entry.url}`,
      `TITLE=${oneLine(entry.title || entry.name)}`,
      `SERVER_NAME=${oneLine(entry.name)}`,
      "==",
      "",
    ].join("\n"),
  }),
} as const;

/** An extension of {@linkcode PLAYLIST_FORMATS}. */
export type PlaylistExtension = keyof typeof PLAYLIST_FORMATS;

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

function xspf(entry: PlaylistEntry): string {
  const info = entry.infoUrl === undefined
    ? ""
    : `\n      <info>${escapeXml(entry.infoUrl)}</info>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<playlist xmlns="http://xspf.org/ns/0/" version="1">
  <title>${escapeXml(entry.name)}</title>
  <trackList>
    <track>
      <location>${escapeXml(entry.url)}</location>
      <title>${escapeXml(entry.title || entry.name)}</title>${info}
    </track>
  </trackList>
</playlist>
`;
}
