/**
 * Reads a playlist: RSS 1.0 as the design says, the 2005 shape with its items
 * inside the channel, RSS 2.0 and podcasts as rotations, which their live items
 * interrupt. By events, so that a
 * playlist may hold a year; an item with an error is left out and told of, the
 * rest stands. Pure: bytes and a URL in, plain data out.
 *
 * It leaves fetching to `load.ts` and placing items on the clock to `schedule/`.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { PLAYLIST_ITEMS_MAX } from "../limits.ts";
import { readChannel } from "./channel.ts";
import { isKnownEncoding } from "./encoding.ts";
import { FeedReader, type RawChannel, type RawItem } from "./feed.ts";
import { readItem } from "./items.ts";
import type { Item, Playlist, PlaylistKind } from "./playlist.ts";
import { ProblemList } from "./problems.ts";
import { fileNameOf, quoted, readUrl, resolveName } from "./urls.ts";
import { formatTime } from "./w3cdtf.ts";
import { readXml } from "./xml_reader.ts";

/**
 * Reads a playlist.
 *
 * @param bytes the document, UTF-8, in pieces of any size
 * @param url its own URL, http, https or file: relative URLs resolve against it
 * @throws AlluviumError `playlist-syntax` if it is not XML or is empty,
 *   `playlist-invalid` if it is XML but not RSS, `playlist-too-large` past a
 *   limit; each with url, and line and column where there is one
 *
 * @example
 * ```ts
 * import { parsePlaylist } from "./parse.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const xml = `<rss version="2.0"><channel><title>A station</title>
 *   <item><enclosure url="a.mp3" /></item>
 * </channel></rss>`;
 * const bytes = ReadableStream.from([new TextEncoder().encode(xml)]);
 * const playlist = await parsePlaylist(bytes, "https://radio.example/p.rss");
 * assertEquals(playlist.title, "A station");
 * assertEquals(playlist.problems[0]?.code, "item-without-duration");
 * assertEquals(playlist.problems[0]?.line, 2);
 * ```
 */
export async function parsePlaylist(
  bytes: AsyncIterable<Uint8Array>,
  url: string,
): Promise<Playlist> {
  const builder = new PlaylistBuilder(url);
  const feed = new FeedReader(url, (raw) => builder.add(raw));
  await readXml(bytes, url, feed);
  return builder.finish(feed);
}

/** Collects the items of one playlist. */
class PlaylistBuilder {
  readonly #problems = new ProblemList();
  readonly #items: Item[] = [];
  /** Every rdf:about so far; not before one may come twice. */
  #abouts: Set<string | undefined> | undefined;
  #seen = 0;
  #kind: PlaylistKind = "rotation";

  constructor(readonly url: string) {}

  /** Takes an item as it ends in the document. */
  add(raw: RawItem): void {
    if (++this.#seen > PLAYLIST_ITEMS_MAX) {
      throw new AlluviumError(
        "playlist-too-large",
        `Cannot read the playlist: wanted at most ${PLAYLIST_ITEMS_MAX} items, got more`,
        { url: this.url, line: raw.line, column: raw.column },
      );
    }
    // An item whose time cannot be read makes the playlist a scheduled one too.
    if (!raw.live && raw.fields.has("ev:startdate")) this.#kind = "scheduled";
    const item = readItem(raw, this.url, this.#problems);
    if (!item) return;
    this.#noteAbout(item, raw);
    this.#items.push(item);
  }

  /** The playlist, once the document has ended. */
  finish(feed: FeedReader): Playlist {
    const filler = this.#takeFiller(feed.channel);
    const isLiveAlone = this.#items.length > 0 &&
      this.#items.every(({ startMs }) => startMs !== undefined);
    if (isLiveAlone) this.#kind = "scheduled";
    this.#noteEncoding(feed.declaredEncoding);
    const channel = readChannel(feed.channel, this.url, this.#problems);
    const items = this.#kind === "scheduled"
      ? this.#scheduled()
      : this.#rotation();
    if (items.length === 0) {
      this.#problems.error(
        "no-items",
        "The playlist has no item that can be played: add items",
      );
    }
    return {
      url: this.url,
      kind: this.#kind,
      ...channel,
      anchorMs: this.#kind === "rotation" ? channel.anchorMs : 0,
      ...(filler === undefined ? {} : { filler }),
      items,
      problems: this.#problems.finish(),
    };
  }

  /** The item without a time that the channel's link names; a link to a bare file will do. */
  #takeFiller({ filler: field }: RawChannel): Item | undefined {
    if (field === undefined) return undefined;
    const name = resolveName(field.text, this.url);
    const index = this.#items.findIndex(({ about, startMs }) =>
      about !== undefined && about === name && startMs === undefined
    );
    if (index >= 0) return this.#items.splice(index, 1)[0];
    const read = readUrl(field.text, this.url);
    if ("url" in read) return { url: read.url, title: fileNameOf(read.url) };
    this.#problems.warning(
      "bad-filler",
      `Filler ${
        quoted(field.text)
      } is ignored: want an http or https URL, or the rdf:about of an item`,
      field,
    );
    return undefined;
  }

  #noteAbout(item: Item, raw: RawItem): void {
    if (item.about === undefined) return;
    // Remembering 100,000 names takes a tenth of all the time.
    if (!this.#abouts && isNextAiring(item, raw, this.#items.at(-1))) return;
    this.#abouts ??= new Set(this.#items.map(({ about }) => about));
    if (this.#abouts.has(item.about)) {
      this.#problems.warning(
        "duplicate-about",
        `rdf:about ${
          quoted(item.about)
        } names two items: make it unique, such as URL#TIME`,
        placeOf(item),
      );
    }
    this.#abouts.add(item.about);
  }

  #noteEncoding(encoding: string | undefined): void {
    if (encoding === undefined || /^(utf-?8|us-ascii)$/i.test(encoding)) return;
    const how = isKnownEncoding(encoding)
      ? "is read as that, which not everyone can"
      : "is read as UTF-8";
    this.#problems.warning(
      "encoding",
      `The playlist says it is ${
        quoted(encoding)
      } and ${how}: save it as UTF-8`,
      { line: 1, column: 1 },
    );
  }

  #scheduled(): Item[] {
    const items = this.#items.filter((item) => {
      if (item.startMs !== undefined) return true;
      this.#problems.error(
        "item-without-start",
        "Item has no time, while others have: give it an ev:startdate",
        placeOf(item),
      );
      return false;
    });
    items.forEach((item, i) => this.#noteOrder(item, items[i - 1]));
    return items;
  }

  #noteOrder(item: Item, before: Item | undefined): void {
    const difference = (item.startMs ?? 0) - (before?.startMs ?? -Infinity);
    if (difference === 0) {
      this.#problems.warning(
        "same-start",
        `Item starts at ${
          formatTime(item.startMs!)
        } like the one before it, which is not played: give it another time`,
        placeOf(item),
      );
    } else if (difference < 0) {
      this.#problems.warning(
        "times-out-of-order",
        `Item starts at ${
          formatTime(item.startMs!)
        }, before the one above it; it plays at its time all the same: sort items by time`,
        placeOf(item),
      );
    }
  }

  #rotation(): Item[] {
    return this.#items.filter((item) => {
      const isLive = item.startMs !== undefined;
      if (isLive || item.durationMs !== undefined) return true;
      this.#problems.error(
        "item-without-duration",
        "Item has no duration, so listeners could not stay together: give it an mm:duration",
        placeOf(item),
      );
      return false;
    });
  }
}

/** Whether an item's name is URL#TIME, with a time after that of the one before: unique, if all are so. */
function isNextAiring(
  { url, about = "", startMs = -Infinity }: Item,
  { fields }: RawItem,
  before: Item | undefined,
): boolean {
  const time = fields.get("ev:startdate")?.text ?? "";
  return startMs > (before?.startMs ?? -Infinity) &&
    about.length === url.length + 1 + time.length &&
    about[url.length] === "#" && about.startsWith(url) && about.endsWith(time);
}

function placeOf(item: Item): { line: number } {
  return { line: item.line ?? 1 };
}
