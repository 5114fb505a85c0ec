/**
 * The namespaces a playlist may use, under one short name each, so that the
 * rest of the reader compares `"mm:duration"` and never a URI. Prefixes are
 * the document's own affair; the URIs here decide. Elements of RSS itself, in
 * any of its namespaces or in none, have no prefix. Pure.
 *
 * URIs: the module pages, and w3c/feedvalidator and feedparser for the
 * spellings met in the wild.
 *
 * @module
 */

/** The URIs that written playlists declare, by the prefix they get. */
export const WRITTEN_NAMESPACES = {
  rdf: "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
  dc: "http://purl.org/dc/elements/1.1/",
  ev: "http://purl.org/rss/1.0/modules/event/",
  enc: "http://purl.oclc.org/net/rss_2.0/enc#",
  mm: "http://musicbrainz.org/mm/mm-2.0#",
  sy: "http://purl.org/rss/1.0/modules/syndication/",
  l: "http://purl.org/rss/1.0/modules/link/",
} as const;

/** RSS 1.0 itself. */
export const RSS_NAMESPACE = "http://purl.org/rss/1.0/";

/** Every spelling that is understood, to its short name; RSS itself is "". */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(WRITTEN_NAMESPACES).map(([short, uri]) =>
    [uri, short] as const
  ),
  ["", ""],
  [RSS_NAMESPACE, ""],
  ["http://purl.org/rss/1.0", ""],
  ["http://my.netscape.com/rdf/simple/0.9/", ""],
  ["http://channel.netscape.com/rdf/simple/0.9/", ""],
  ["http://backend.userland.com/rss2", ""],
  ["http://musicbrainz.org/mm/mm-2.1#", "mm"],
  ["http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes"],
  ["http://www.itunes.com/DTDs/PodCast-1.0.dtd", "itunes"],
  ["http://www.w3.org/2005/Atom", "atom"],
  ["https://podcastindex.org/namespace/1.0", "podcast"],
  [
    "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
    "podcast",
  ],
  ["http://xspf.org/ns/0/", "xspf"],
]);

/**
 * The name the reader knows an element by.
 *
 * @param uri the namespace, "" for none
 * @param local the name without its prefix
 * @returns e.g. `item`, `mm:duration`; "" for a namespace we do not read
 */
export function knownName(uri: string, local: string): string {
  const short = SHORT_NAMES.get(uri);
  if (short === undefined) return "";
  return short === "" ? local : `${short}:${local}`;
}

/** Places in {@linkcode KnownNames}, a power of two: a feed has a few dozen names. */
const PLACES = 256;

/**
 * {@linkcode knownName} of names as a document writes them, remembered: a few
 * come again and again. A name has one place, found without hashing its
 * characters, and loses it to the next name that wants it.
 */
export class KnownNames {
  readonly #places = Array.from(
    { length: PLACES },
    () => ({ uri: "", name: "", known: "" }),
  );

  /**
   * The name the reader knows an element by.
   *
   * @param uri the namespace, "" for none
   * @param name with its prefix, e.g. `ev:startdate`, not empty
   * @param colon where its colon is, -1 for none
   */
  find(uri: string, name: string, colon: number): string {
    const index = name.length + 7 * name.charCodeAt(colon + 1) +
      name.charCodeAt(name.length - 1);
    const place = this.#places[index & (PLACES - 1)]!;
    if (place.name !== name || place.uri !== uri) {
      place.known = knownName(uri, name.slice(colon + 1));
      place.name = name;
      place.uri = uri;
    }
    return place.known;
  }
}
