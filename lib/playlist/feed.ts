/**
 * From XML events to the fields of a feed: which element belongs to the channel
 * and which to an item, in RSS 1.0, in the 2005 shape with its items inside the
 * channel, and in RSS 2.0. Fields stay text here, each with its place; what
 * they mean is left to `items.ts` and `channel.ts`, so that an item is handed
 * on, judged and forgotten before the next one is read. Pure.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { TREE_URN_PREFIX } from "../hashtree/content_id.ts";
import {
  PLAYLIST_GATEWAYS_MAX,
  PLAYLIST_TEXT_CHARACTERS_MAX,
} from "../limits.ts";
import type { Attributes, Position, XmlHandler } from "./xml_reader.ts";

/** The text of an element or attribute, and where its element begins. */
export interface Field extends Position {
  text: string;
}

/** An enclosure of any kind. */
export interface RawEnclosure extends Position {
  url?: string;
  type?: string;
  length?: string;
}

/** Fields by name, e.g. `mm:duration`; the first of a name wins. */
export type Fields = Map<string, Field>;

/** An item before anything of it was believed. */
export interface RawItem extends Position {
  about?: string;
  fields: Fields;
  enclosure?: RawEnclosure;
  /** The first `dc:identifier` that names a root. */
  identifier?: Field;
  /** It is a `podcast:liveItem`: its end, as its attribute has it. */
  live?: { end?: string };
}

/** The channel before anything of it was believed. */
export interface RawChannel {
  about?: string;
  fields: Fields;
  /** Where `l:link` or `atom:link` say a gateway is; one more than allowed, at most. */
  gateways: Field[];
  /** What `l:link` or `atom:link` say fills gaps: an item's name, or a URL. */
  filler?: Field;
}

/** What a link of the channel to a gateway says it is. */
export const GATEWAY_REL = "urn:alluvium:rel:gateway";

/** What a link of the channel to what fills gaps says it is. */
export const FILLER_REL = "urn:alluvium:rel:filler";

const ROOTS = new Set(["rdf:RDF", "rss"]);

/** Children of an item whose text is wanted. */
const ITEM_FIELDS = new Set([
  "title",
  "link",
  "author",
  "dc:creator",
  "dc:format",
  "dc:identifier",
  "ev:startdate",
  "mm:duration",
  "itunes:author",
  "itunes:duration",
]);

/** Children of the channel whose text is wanted. */
const CHANNEL_FIELDS = new Set([
  "title",
  "link",
  "description",
  "ttl",
  "dc:date",
  "sy:updatePeriod",
  "sy:updateFrequency",
  "sy:updateBase",
]);

const TREE_URN = new RegExp(`^\\s*${TREE_URN_PREFIX}`, "i");
const NOTHING: ReadonlySet<string> = new Set();

/** Collects the channel, and hands on each item as it ends. */
export class FeedReader implements XmlHandler {
  readonly channel: RawChannel = { fields: new Map(), gateways: [] };
  /** The encoding the document claims. */
  declaredEncoding: string | undefined;
  /** Names of the open elements. */
  readonly #open: string[] = [];
  #item: RawItem | undefined;
  /** Depth of the element whose children are fields: the item's or the channel's. */
  #ownerDepth = -1;
  #channelDepth = -1;
  /** The field being read: its name, place and the text so far. */
  #field: (Field & { name: string; depth: number }) | undefined;

  constructor(
    private readonly url: string,
    private readonly onItem: (item: RawItem) => void,
  ) {}

  encoding(name: string): void {
    this.declaredEncoding = name;
  }

  start(name: string, attributes: Attributes, at: Position): void {
    if (this.#open.length === 0) this.#checkRoot(name, at);
    this.#open.push(name);
    const depth = this.#open.length;
    if (this.#field) return;
    if (name === "item" && !this.#item) return this.#startItem(attributes, at);
    if (name === "podcast:liveItem" && !this.#item) {
      return this.#startLive(attributes, at);
    }
    if (name === "channel" && this.#channelDepth < 0) {
      this.#channelDepth = this.#ownerDepth = depth;
      const about = attributes.get("about");
      if (about !== undefined) this.channel.about = about;
    } else if (depth === this.#ownerDepth + 1) {
      this.#startChild(name, attributes, at);
    }
  }

  text(text: string): void {
    const field = this.#field;
    if (!field || field.text.length >= PLAYLIST_TEXT_CHARACTERS_MAX) return;
    const whole = field.text === "" ? text : field.text + text;
    field.text = whole.length <= PLAYLIST_TEXT_CHARACTERS_MAX
      ? whole
      : whole.slice(0, PLAYLIST_TEXT_CHARACTERS_MAX);
  }

  end(): void {
    const depth = this.#open.length;
    this.#open.pop();
    if (this.#field?.depth === depth) this.#endField();
    if (depth !== this.#ownerDepth) return;
    if (this.#item) {
      this.onItem(this.#item);
      this.#item = undefined;
      this.#ownerDepth = this.#channelOpen ? this.#channelDepth : -1;
    } else {
      this.#ownerDepth = -1;
    }
  }

  get #channelOpen(): boolean {
    return this.#channelDepth > 0 && this.#open.length >= this.#channelDepth;
  }

  #checkRoot(name: string, at: Position): void {
    if (ROOTS.has(name)) return;
    throw new AlluviumError(
      "playlist-invalid",
      "Cannot read the playlist: wanted RSS (rdf:RDF or rss), got XML of another kind (is this a web page?)",
      { url: this.url, line: at.line, column: at.column },
    );
  }

  #startItem(attributes: Attributes, at: Position): void {
    const about = attributes.get("about");
    this.#item = { line: at.line, column: at.column, fields: new Map() };
    if (about !== undefined) this.#item.about = about;
    this.#ownerDepth = this.#open.length;
  }

  /** Its times are attributes; one that has ended is passed over. */
  #startLive(attributes: Attributes, at: Position): void {
    if (attributes.get("status")?.trim().toLowerCase() === "ended") return;
    const [start, end] = [attributes.get("start"), attributes.get("end")];
    this.#startItem(attributes, at);
    const item = this.#item!;
    item.live = end === undefined ? {} : { end };
    const { line, column } = at;
    item.fields.set("ev:startdate", { text: start ?? "", line, column });
  }

  #startChild(name: string, attributes: Attributes, at: Position): void {
    const wanted = this.#item
      ? ITEM_FIELDS
      : this.#channelOpen
      ? CHANNEL_FIELDS
      : NOTHING;
    if (wanted.has(name)) {
      const { line, column } = at;
      const depth = this.#open.length;
      this.#field = { name, text: "", depth, line, column };
    } else if (this.#item) {
      this.#enclosure(this.#item, name, attributes, at);
    } else if (name === "l:link" || name === "atom:link") {
      this.#link(attributes, at);
    }
  }

  #enclosure(
    item: RawItem,
    name: string,
    attributes: Attributes,
    at: Position,
  ): void {
    if (name !== "enc:enclosure" && name !== "enclosure") return;
    // The first one counts: RSS 1.0 allows no second.
    if (item.enclosure) return;
    const url = attributes.get("resource") ?? attributes.get("url");
    const type = attributes.get("type");
    const length = attributes.get("length");
    const enclosure: RawEnclosure = { line: at.line, column: at.column };
    if (url !== undefined) enclosure.url = url;
    if (type !== undefined) enclosure.type = type;
    if (length !== undefined) enclosure.length = length;
    item.enclosure = enclosure;
  }

  #link(attributes: Attributes, at: Position): void {
    const rel = attributes.get("rel")?.trim();
    const href = attributes.get("resource") ?? attributes.get("href");
    const gateways = this.channel.gateways;
    if (href === undefined) return;
    if (rel === FILLER_REL) this.channel.filler ??= { text: href, ...at };
    if (rel !== GATEWAY_REL) return;
    if (gateways.length <= PLAYLIST_GATEWAYS_MAX) {
      gateways.push({ text: href, ...at });
    }
  }

  #endField(): void {
    const field = this.#field!;
    const { name } = field;
    this.#field = undefined;
    if (this.#item && name === "dc:identifier") {
      if (TREE_URN.test(field.text)) this.#item.identifier ??= field;
      return;
    }
    const fields = (this.#item ?? this.channel).fields;
    if (!fields.has(name)) fields.set(name, field);
  }
}
