/**
 * XML as the playlist reader needs it: start, text and end events with names
 * resolved to ours, whatever prefixes the document uses, and with every amount
 * bounded: bytes, depth, attributes, and the length of any one piece. Never a
 * tree, never a DOCTYPE, never an entity beyond the five of XML.
 *
 * It promises that all that goes wrong is an AlluviumError with the playlist's
 * URL, line and column. What the elements mean is left to `feed.ts`. Pure.
 *
 * @module
 */
import {
  parseXmlStreamFromBytes,
  type XmlAttributeIterator,
  type XmlEventCallbacks,
  XmlSyntaxError,
} from "@std/xml";
import { AlluviumError } from "../errors.ts";
import { PLAYLIST_ATTRIBUTES_MAX, PLAYLIST_DEPTH_MAX } from "../limits.ts";
import { asUtf8 } from "./encoding.ts";
import { KnownNames } from "./namespaces.ts";
import { ForeignErrors, Meter, type Position } from "./xml_meter.ts";

export type { Position } from "./xml_meter.ts";

/** The attributes of the element that has just begun; not valid later. */
export interface Attributes {
  /** The first attribute of that local name, with or without a prefix. */
  get(local: string): string | undefined;
}

/** What a reader of events takes. Names are those of {@linkcode knownName}. */
export interface XmlHandler {
  /** The document says its encoding, e.g. `iso-8859-1`. */
  encoding(name: string): void;
  /** An element begins; `attributes` and `at` are not valid later. */
  start(name: string, attributes: Attributes, at: Position): void;
  /** A piece of text or CDATA; one text may come in several pieces. */
  text(text: string): void;
  /** The innermost open element ends. */
  end(): void;
}

/**
 * Reads a document to its end.
 *
 * @param bytes the document, in pieces of any size
 * @param url named in errors
 * @throws AlluviumError `playlist-syntax` if it is not XML as above,
 *   `playlist-too-large` past `PLAYLIST_BYTES_MAX`
 * @throws whatever `handler` or `bytes` throw
 */
export async function readXml(
  bytes: AsyncIterable<Uint8Array>,
  url: string,
  handler: XmlHandler,
): Promise<void> {
  const meter = new Meter(url);
  const foreign = new ForeignErrors();
  try {
    await parseXmlStreamFromBytes(
      meter.pieces(asUtf8(foreign.watch(bytes))),
      callbacksOf(handler, meter, foreign),
      {
        trackPosition: true,
        coerceCDataToText: true,
        disallowDoctype: true,
        maxDepth: PLAYLIST_DEPTH_MAX,
        maxAttributes: PLAYLIST_ATTRIBUTES_MAX,
      },
    );
  } catch (error) {
    if (foreign.has(error) || error instanceof AlluviumError) throw error;
    throw syntaxError(error, meter);
  }
}

/** An entity that is none of the five is a plain Error of the parser, without a place. */
function syntaxError(error: unknown, meter: Meter): AlluviumError {
  const known = error instanceof XmlSyntaxError ? error : meter.last;
  const place = {
    url: meter.url,
    line: Math.max(1, known.line),
    column: Math.max(1, known.column),
    cause: error,
  };
  if (meter.blank) {
    return new AlluviumError("playlist-syntax", "The playlist is empty", place);
  }
  const text = error instanceof Error ? error.message : String(error);
  const detail = text.replace(/ at line \d+, column \d+$/, "");
  return new AlluviumError(
    "playlist-syntax",
    `Cannot read the playlist as XML: ${detail}${hintOf(detail, meter.head)}`,
    place,
  );
}

/** What the document may be instead, and what to do about it. */
function hintOf(detail: string, head: string): string {
  for (const [pattern, hint] of HEADS) {
    if (pattern.test(head)) return ` (${hint})`;
  }
  if (/doctype/i.test(detail)) {
    return " (take it out: its entities are not read)";
  }
  return /entit|&/i.test(detail)
    ? " (write & as &amp;, and other characters as they are)"
    : "";
}

const HEADS: readonly [RegExp, string][] = [
  [/^\s*<html|<!doctype\s+html/i, "is this a web page?"],
  [
    /^\s*(#EXTM3U|\[playlist\])/i,
    "is this a list of a media player? alluvium broadcast makes a station of it",
  ],
  [/^\s*[[{]/, "is this JSON?"],
  [
    // deno-lint-ignore no-control-regex -- The two bytes that begin gzip.
    /^\x1f\x8b/,
    "is it compressed? unpack it, or serve it with Content-Encoding: gzip",
  ],
];

/** The parser's callbacks, with default namespaces resolved: it leaves those to us. */
function callbacksOf(
  handler: XmlHandler,
  meter: Meter,
  foreign: ForeignErrors,
): XmlEventCallbacks {
  const defaults: string[] = [""];
  const names = new KnownNames();
  const view = new AttributeView();
  const text = (content: string, line: number, column: number) => {
    meter.event(line, column);
    handler.text(content);
  };
  const skip = (_content: string, line: number, column: number) =>
    meter.event(line, column);
  return {
    onDeclaration(_version, encoding) {
      if (encoding !== undefined) handler.encoding(encoding);
    },
    onStartElement(name, colon, uri, attributes, _closes, line, column) {
      meter.event(line, column);
      view.attributes = attributes;
      const own = view.defaultNamespace() ?? defaults[defaults.length - 1]!;
      defaults.push(own);
      const known = names.find(uri ?? own, name, colon);
      try {
        handler.start(known, view, meter.last);
      } catch (error) {
        throw foreign.note(error);
      }
    },
    onEndElement(_name, _colon, _uri, line, column) {
      meter.event(line, column);
      defaults.pop();
      try {
        handler.end();
      } catch (error) {
        throw foreign.note(error);
      }
    },
    onText: text,
    onCData: text,
    onComment: skip,
    onProcessingInstruction: (_target, content, line, column) =>
      skip(content, line, column),
  };
}

class AttributeView implements Attributes {
  attributes!: XmlAttributeIterator;

  get(local: string): string | undefined {
    const all = this.attributes;
    for (let i = 0; i < all.count; i++) {
      const name = all.getName(i);
      const localLength = name.length - all.getColonIndex(i) - 1;
      if (localLength !== local.length || !name.endsWith(local)) continue;
      if (!name.startsWith("xmlns:")) return all.getValue(i);
    }
    return undefined;
  }

  /** What `xmlns` binds here, if it is there. */
  defaultNamespace(): string | undefined {
    const all = this.attributes;
    for (let i = 0; i < all.count; i++) {
      if (all.getName(i) === "xmlns") return all.getValue(i).trim();
    }
    return undefined;
  }
}
