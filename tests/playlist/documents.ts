/**
 * Playlists for tests: the frame that every one needs, bytes in pieces of any
 * size, and parsing in one call.
 *
 * @module
 */
import { AlluviumError } from "../../lib/errors.ts";
import { parsePlaylist, type Playlist } from "../../lib/playlist/mod.ts";

/** Where the test playlists say they are. */
export const HOME = "https://radio.example/station/playlist.rss";

const ROOT =
  `<?xml version="1.0" encoding="UTF-8"?><rdf:RDF xmlns="http://purl.org/rss/1.0/"` +
  ` xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"` +
  ` xmlns:dc="http://purl.org/dc/elements/1.1/"` +
  ` xmlns:ev="http://purl.org/rss/1.0/modules/event/"` +
  ` xmlns:enc="http://purl.oclc.org/net/rss_2.0/enc#"` +
  ` xmlns:mm="http://musicbrainz.org/mm/mm-2.0#"` +
  ` xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"` +
  ` xmlns:l="http://purl.org/rss/1.0/modules/link/">`;

/** An RSS 1.0 document: `items` begins on line 3. */
export function rss1(items: string, channel = "<title>T</title>"): string {
  return `${ROOT}\n<channel>${channel}</channel>\n${items}\n</rdf:RDF>`;
}

/** An item with a link and whatever else. */
export function item(more: string, link = "a.mp3"): string {
  return `<item><link>${link}</link>${more}</item>`;
}

/** An RSS 2.0 document: `items` begins on line 2. */
export function rss2(items: string, channel = "<title>T</title>"): string {
  return `<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>${channel}\n${items}\n</channel></rss>`;
}

/** The document as bytes in pieces of `size`. */
export async function* pieces(
  document: string | Uint8Array,
  size = 64 * 1024,
): AsyncGenerator<Uint8Array> {
  const bytes = typeof document === "string"
    ? new TextEncoder().encode(document)
    : document;
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.slice(at, at + size);
  }
}

/** Reads a document. */
export function parse(
  document: string | Uint8Array,
  options: { url?: string; size?: number } = {},
): Promise<Playlist> {
  return parsePlaylist(
    pieces(document, options.size),
    options.url ?? HOME,
  );
}

/** The error that reading a document ends with. */
export async function parseError(
  document: AsyncIterable<Uint8Array> | string,
): Promise<AlluviumError> {
  const bytes = typeof document === "string" ? pieces(document) : document;
  try {
    await parsePlaylist(bytes, HOME);
  } catch (error) {
    if (error instanceof AlluviumError) return error;
    throw error;
  }
  throw new Error("It was read without an error");
}

/** Codes of a playlist's problems with their lines, e.g. `bad-date:4`. */
export function codes(playlist: Playlist): string[] {
  return playlist.problems.map(({ code, line }) =>
    line === undefined ? code : `${code}:${line}`
  );
}
