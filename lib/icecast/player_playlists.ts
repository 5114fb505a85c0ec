/**
 * Little playlists that open a mount in a media player: `.m3u`, `.xspf` and
 * `.vclt` as Icecast gives them for any mount, and `.pls`, which more radios know.
 *
 * @module
 */
import { escapeXml } from "./admin/xml.ts";
import type { SourceStatus } from "./status.ts";

/** A playlist file. */
export interface PlaylistFile {
  contentType: string;
  body: string;
}

/** The playlist formats by file extension, each made of a mount's status. */
export const PLAYLIST_FORMATS = {
  m3u: (source: SourceStatus): PlaylistFile => ({
    contentType: "audio/x-mpegurl",
    body: `${source.listenurl}\r\n`,
  }),
  pls: (source: SourceStatus): PlaylistFile => ({
    contentType: "audio/x-scpls",
    body: [
      "[playlist]",
      "NumberOfEntries=1",
      `File1=${source.listenurl}`,
      `Title1=${oneLine(source.server_name)}`,
      "Length1=-1",
      "Version=2",
      "",
    ].join("\r\n"),
  }),
  xspf: (source: SourceStatus): PlaylistFile => ({
    contentType: "application/xspf+xml; charset=UTF-8",
    body: xspf(source),
  }),
  vclt: (source: SourceStatus): PlaylistFile => ({
    contentType: "audio/x-vclt; charset=UTF-8",
    body: vclt(source),
  }),
} as const;

/** An extension of {@linkcode PLAYLIST_FORMATS}. */
export type PlaylistExtension = keyof typeof PLAYLIST_FORMATS;

function oneLine(text: string | number | null | undefined): string {
  return `${text ?? ""}`.replace(/\s+/g, " ");
}

function vclt(source: SourceStatus): string {
  const { server_type: type, subtype } = source;
  const codec = subtype === "Vorbis" ? "codec:ogg_vorbis" : "codec:ogg_general";
  return [
    `STREAMURL=${source.listenurl}`,
    `TITLE=${oneLine(source.title ?? source.server_name)}`,
    `SERVER_NAME=${oneLine(source.server_name)}`,
    `DESCRIPTION=${oneLine(source.server_description)}`,
    `SIGNALINFO=${type === "application/ogg" ? codec : ""}`,
    `GENRE=${oneLine(source.genre)}`,
    "==",
    "",
  ].join("\n");
}

/** What stands in `annotation` is read by programs that look for listeners there. */
function annotation(source: SourceStatus): string {
  return [
    `Stream Title: ${oneLine(source.server_name)}`,
    `Stream Description: ${oneLine(source.server_description)}`,
    `Content Type:${source.server_type}`,
    ...(source.bitrate === undefined ? [] : [`Bitrate: ${source.bitrate}`]),
    `Current Listeners: ${source.listeners}`,
    `Peak Listeners: ${source.listener_peak}`,
    `Stream Genre: ${oneLine(source.genre)}`,
  ].join("\n");
}

function xspf(source: SourceStatus): string {
  const info = source.server_url === undefined
    ? ""
    : `\n      <info>${escapeXml(`${source.server_url}`)}</info>`;
  const name = `${source.server_name}`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<playlist xmlns="http://xspf.org/ns/0/" version="1">
  <title>${escapeXml(name)}</title>
  <trackList>
    <track>
      <location>${escapeXml(`${source.listenurl}`)}</location>
      <title>${escapeXml(`${source.title ?? name}`)}</title>
      <annotation>${escapeXml(annotation(source))}</annotation>${info}
    </track>
  </trackList>
</playlist>
`;
}
