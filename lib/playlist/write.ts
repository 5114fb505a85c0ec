/**
 * Writes a playlist as valid RSS 1.0, and nothing else: all required elements,
 * every `rdf:about` unique, times in UTC, text escaped, characters that XML
 * cannot carry left out. What `parse.ts` reads back from it is the playlist it
 * was given. Pure: text out, saving is left to the Broadcaster.
 *
 * @module
 */
import { formatTreeUrn } from "../hashtree/content_id.ts";
import { updateRule } from "./durations.ts";
import { FILLER_REL, GATEWAY_REL } from "./feed.ts";
import { RSS_NAMESPACE, WRITTEN_NAMESPACES } from "./namespaces.ts";
import type { Item, Playlist } from "./playlist.ts";
import { relativeUrl } from "./urls.ts";
import { formatTime } from "./w3cdtf.ts";

/** How a playlist is written. */
export interface WriteOptions {
  /**
   * Write URLs relative to the playlist's own, where they can be: for a folder
   * whose address on the web is not known yet.
   *
   * @default {false}
   */
  relative?: boolean;
}

/**
 * Writes a playlist.
 *
 * @returns the document, to be encoded as UTF-8
 *
 * @example
 * ```ts
 * import { writePlaylist } from "./write.ts";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const xml = writePlaylist({
 *   url: "https://radio.example/playlist.rss",
 *   kind: "rotation",
 *   title: "Salt & pepper",
 *   gateways: [],
 *   anchorMs: 0,
 *   items: [
 *     { url: "https://radio.example/a.mp3", title: "A", durationMs: 188600 },
 *   ],
 *   problems: [],
 * });
 * assertStringIncludes(xml, "<title>Salt &amp; pepper</title>");
 * assertStringIncludes(xml, "<mm:duration>188600</mm:duration>");
 * ```
 */
export function writePlaylist(
  playlist: Playlist,
  options: WriteOptions = {},
): string {
  const place = (url: string) =>
    escape(options.relative ? relativeUrl(url, playlist.url) : url);
  const { items, filler } = playlist;
  const abouts = uniqueAbouts(filler ? [...items, fillerItem(filler)] : items);
  const fillerAbout = filler && abouts[items.length];
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    ...rootLines(),
    ...channelLines(playlist, place),
    ...linkLines(playlist, fillerAbout, place),
    "    <items>",
    "      <rdf:Seq>",
    // The filler is no part of the programme, so it is not in its list.
    ...abouts.slice(0, items.length).map((about) =>
      `        <rdf:li rdf:resource="${place(about)}" />`
    ),
    "      </rdf:Seq>",
    "    </items>",
    "  </channel>",
  ];
  items.forEach((item, i) => lines.push(...itemLines(item, abouts[i]!, place)));
  if (filler && fillerAbout !== undefined) {
    lines.push(...itemLines(fillerItem(filler), fillerAbout, place));
  }
  lines.push("</rdf:RDF>", "");
  return lines.join("\n");
}

/** Writes a URL, escaped. */
type Place = (url: string) => string;

function rootLines(): string[] {
  const declarations = Object.entries(WRITTEN_NAMESPACES)
    .map(([prefix, uri]) => `  xmlns:${prefix}="${uri}"`);
  return [`<rdf:RDF xmlns="${RSS_NAMESPACE}"`, declarations.join("\n") + ">"];
}

function channelLines(playlist: Playlist, place: Place): string[] {
  const { url, title, link, description, updateIntervalMs } = playlist;
  const lines = [
    `  <channel rdf:about="${place(url)}">`,
    element("title", title),
    `    <link>${place(link ?? url)}</link>`,
    element("description", description ?? ""),
  ];
  if (updateIntervalMs !== undefined) {
    const { period, frequency } = updateRule(updateIntervalMs);
    lines.push(element("sy:updatePeriod", period));
    lines.push(element("sy:updateFrequency", String(frequency)));
  }
  if (playlist.kind === "rotation" && playlist.anchorMs !== 0) {
    lines.push(element("sy:updateBase", formatTime(playlist.anchorMs)));
  }
  return lines;
}

function linkLines(
  { gateways }: Playlist,
  fillerAbout: string | undefined,
  place: Place,
): string[] {
  const link = (rel: string, to: string) =>
    `    <l:link l:rel="${rel}" rdf:resource="${place(to)}" />`;
  const lines = gateways.map((gateway) => link(GATEWAY_REL, gateway));
  if (fillerAbout !== undefined) lines.push(link(FILLER_REL, fillerAbout));
  return lines;
}

/** With a name of its own, by which the channel's link finds it, and without a time. */
function fillerItem({ startMs: _start, ...filler }: Item): Item {
  return { ...filler, about: filler.about ?? `${filler.url}#filler` };
}

function itemLines(item: Item, about: string, place: Place): string[] {
  const url = place(item.url);
  const lines = [
    `  <item rdf:about="${place(about)}">`,
    element("title", item.title),
    `    <link>${url}</link>`,
  ];
  const add = (name: string, text: string | number | undefined) => {
    if (text !== undefined) lines.push(element(name, String(text)));
  };
  add("dc:creator", item.creator);
  add(
    "ev:startdate",
    item.startMs === undefined ? undefined : formatTime(item.startMs),
  );
  add("mm:duration", item.durationMs);
  if (item.type !== undefined || item.length !== undefined) {
    lines.push(
      `    <enc:enclosure rdf:resource="${url}"${
        attribute("enc:type", item.type)
      }${attribute("enc:length", item.length)} />`,
    );
  }
  add(
    "dc:identifier",
    item.root === undefined ? undefined : formatTreeUrn(item.root),
  );
  lines.push("  </item>");
  return lines;
}

function element(name: string, text: string): string {
  return `    <${name}>${escape(text)}</${name}>`;
}

function attribute(name: string, value: string | number | undefined): string {
  return value === undefined ? "" : ` ${name}="${escape(String(value))}"`;
}

/** One name per airing: the item's own, else URL#TIME, told apart where they meet. */
function uniqueAbouts(items: readonly Item[]): string[] {
  const taken = new Set<string>();
  const tries = new Map<string, number>();
  return items.map((item) => {
    const time = item.startMs === undefined
      ? ""
      : `#${formatTime(item.startMs)}`;
    const wanted = item.about ?? `${item.url}${time}`;
    let about = wanted;
    while (taken.has(about)) {
      const n = (tries.get(wanted) ?? 1) + 1;
      tries.set(wanted, n);
      about = wanted.includes("#") ? `${wanted}-${n}` : `${wanted}#${n}`;
    }
    taken.add(about);
    return about;
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Escapes text for an element or a quoted attribute; drops what XML 1.0 has no character for. */
function escape(text: string): string {
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "")
    .replace(/[&<>"\t\n\r]/g, (found) => ESCAPES[found]!);
}
