/**
 * What stands before a stream: the headers Icecast 2.4 sends, in its order, and
 * better where players need better. Pure text.
 *
 * The differences and why: the version of the request is answered (2.4 says 1.0
 * to everyone); a space follows every colon (mpv's newer code splits at ": ");
 * `icy-name` is always there (VLC looks for it); no `Accept-Ranges` (ffmpeg would
 * seek); the CORS lists of icecast-kh let a browser's script read titles; Range
 * is passed over, as an iPhone that is answered 206 forgets to ask for titles.
 *
 * @module
 */
import { ICY_METADATA_INTERVAL_BYTES } from "../limits.ts";
import type { MountInfo } from "./mount_info.ts";

/** The name and version this program answers with. */
export const SERVER_NAME = "Alluvium";

/** Whom an answer is for. */
export interface HeadOptions {
  /** Of the request. */
  httpVersion: "1.0" | "1.1";
  /** Whether metadata is woven in. */
  icy: boolean;
  /** Since the Unix epoch. */
  nowMs: number;
  /** Whether scripts of other sites may read the stream. */
  crossOrigin: boolean;
  /** Of the player, as sent; a few need `ICY 200 OK`. @default {""} */
  userAgent?: string;
}

/** Lets a browser's script ask for ICY and read it. */
export const CORS_HEADERS: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
  "Access-Control-Allow-Headers": "Origin, Icy-MetaData, Range, Authorization",
  "Access-Control-Expose-Headers":
    "Icy-Br, Icy-Description, Icy-Genre, Icy-MetaInt, Icy-Name, Icy-Pub, Icy-Url, Ice-Audio-Info",
  "Access-Control-Max-Age": "86400",
};

/** Keeps every cache out of it, in Icecast's words. */
export const NO_CACHE_HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-cache, no-store",
  "Expires": "Mon, 26 Jul 1997 05:00:00 GMT",
  "Pragma": "no-cache",
};

/** The whole head of a stream, the empty line included. UTF-8. */
export function streamHead(info: MountInfo, options: HeadOptions): string {
  const lines = [
    statusLine(options),
    `Server: ${SERVER_NAME}`,
    "Connection: close",
    `Date: ${new Date(options.nowMs).toUTCString()}`,
    `Content-Type: ${oneLine(info.contentType)}`,
  ];
  const more = {
    ...NO_CACHE_HEADERS,
    ...(options.crossOrigin ? CORS_HEADERS : {}),
    ...icyHeaders(info),
    ...(options.icy
      ? { "icy-metaint": String(ICY_METADATA_INTERVAL_BYTES) }
      : {}),
  };
  for (const [name, value] of Object.entries(more)) {
    lines.push(`${name}: ${value}`);
  }
  return lines.join("\r\n") + "\r\n\r\n";
}

/** Players that take a stream for one only by Shoutcast's status line; icecast-kh's list. */
const ICY_PLAYERS =
  /shoutcastsource|Windows-Media-Player|RealMedia|BlackBerry/i;

function statusLine(options: HeadOptions): string {
  return ICY_PLAYERS.test(options.userAgent ?? "")
    ? "ICY 200 OK"
    : `HTTP/${options.httpVersion} 200 OK`;
}

function icyHeaders(info: MountInfo): Record<string, string> {
  const headers: Record<string, string> = {};
  const audioInfo = audioInfoOf(info);
  if (audioInfo !== "") headers["ice-audio-info"] = audioInfo;
  if (info.bitrate) headers["icy-br"] = String(kilobits(info.bitrate));
  if (info.description) headers["icy-description"] = oneLine(info.description);
  if (info.genre) headers["icy-genre"] = oneLine(info.genre);
  headers["icy-name"] = oneLine(info.name) || "Unspecified name";
  headers["icy-pub"] = info.isPublic ? "1" : "0";
  if (info.url) headers["icy-url"] = oneLine(info.url);
  return headers;
}

/** `ice-samplerate=44100;ice-bitrate=128;ice-channels=2`, as far as known. */
export function audioInfoOf(info: MountInfo): string {
  const parts: string[] = [];
  if (info.sampleRate) parts.push(`ice-samplerate=${info.sampleRate}`);
  if (info.bitrate) parts.push(`ice-bitrate=${kilobits(info.bitrate)}`);
  if (info.channels) parts.push(`ice-channels=${info.channels}`);
  return parts.join(";");
}

/** Bits per second as the whole kilobits that Icecast speaks of. */
export function kilobits(bitrate: number): number {
  return Math.round(bitrate / 1000);
}

/** Text that cannot end a header line. */
function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f]+/g, " ").trim();
}
