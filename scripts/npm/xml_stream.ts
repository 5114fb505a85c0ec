/**
 * The streaming functions of `@std/xml` over `saxes`. What the two do
 * differently is evened out here: positions, the default namespace (not
 * applied), DOCTYPE (refused before it is read), nesting errors (they name the
 * tag), and the limits on depth and attributes.
 *
 * @module
 */

import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS } from "saxes";
import { Places } from "./xml_places.ts";
import { TagAttributes } from "./xml_attributes.ts";
import {
  type ParseStreamOptions,
  type XmlEventCallbacks,
  type XmlPosition,
  XmlSyntaxError,
} from "./xml_types.ts";

const NOWHERE: XmlPosition = { line: 0, column: 0, offset: 0 };
const UNTRACKED: XmlPosition = { line: 1, column: 1, offset: 0 };
const BLANK = /^[ \t\r\n]*$/;

type Parser = SaxesParser<{ xmlns: true }>;

/** Its constructor, without the handlers it keeps to itself. */
const Base = SaxesParser as unknown as new (options: object) => object;

/**
 * A parser that has room for its handlers from the start. `saxes` adds them to
 * itself one by one; the seventh makes V8 keep the whole object as a table of
 * names, and every character costs three times as much.
 */
class RoomyParser extends Base {
  xmldeclHandler: unknown = undefined;
  textHandler: unknown = undefined;
  piHandler: unknown = undefined;
  doctypeHandler: unknown = undefined;
  commentHandler: unknown = undefined;
  openTagStartHandler: unknown = undefined;
  attributeHandler: unknown = undefined;
  openTagHandler: unknown = undefined;
  closeTagHandler: unknown = undefined;
  cdataHandler: unknown = undefined;
  errorHandler: unknown = undefined;
}

/**
 * Parses XML that arrives as text, calling back as it goes.
 *
 * @throws {XmlSyntaxError} where the text is not well-formed, and a plain Error
 * for an unknown entity, as the original does
 */
export async function parseXmlStream(
  source: AsyncIterable<string>,
  callbacks: XmlEventCallbacks,
  options: ParseStreamOptions = {},
): Promise<void> {
  const driver = new XmlDriver(callbacks, options);
  for await (const chunk of source) driver.write(chunk);
  driver.close();
}

/** Parses XML that arrives as UTF-8 bytes; else like {@linkcode parseXmlStream}. */
export function parseXmlStreamFromBytes(
  source: AsyncIterable<Uint8Array>,
  callbacks: XmlEventCallbacks,
  options: ParseStreamOptions = {},
): Promise<void> {
  return parseXmlStream(decode(source), callbacks, options);
}

async function* decode(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of source) {
    yield decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}

/** One parse: feed it with `write`, end it with `close`. */
export class XmlDriver {
  #callbacks: XmlEventCallbacks;
  #options: ParseStreamOptions;
  #parser: Parser;
  #places = new Places();
  #open: { name: string; at: XmlPosition }[] = [];
  #tagAt: XmlPosition = NOWHERE;
  /** Of the start tag that is being read; their URIs come with its end. */
  #attributes: SaxesAttributeNS[] = [];
  #hasRoot = false;
  #endsWithCr = false;

  /** Takes the same options as {@linkcode parseXmlStream}. */
  constructor(callbacks: XmlEventCallbacks, options: ParseStreamOptions) {
    this.#callbacks = callbacks;
    this.#options = options;
    const version = options.xmlVersion ?? "1.0";
    this.#parser = new RoomyParser({
      xmlns: true,
      defaultXMLVersion: version,
      forceXMLVersion: true,
    }) as unknown as Parser;
    this.#listen();
  }

  /** Takes the next chunk of text. */
  write(chunk: string): void {
    const text = this.#normalize(chunk);
    if (this.#hasRoot) return this.#feed(text);
    // Before the root, token by token, to see a DOCTYPE before it is parsed.
    for (const piece of text.split(/(?<=[<>])/)) {
      this.#feed(piece);
    }
  }

  /** Says that the text is complete. */
  close(): void {
    if (/&[^;]*$/.test(this.#places.rest())) {
      throw new Error("Invalid bare '&': use &amp; or an entity reference");
    }
    if (this.#places.token() !== "") {
      this.#fail("Unexpected end of input", this.#places.end());
    }
    const innermost = this.#open.at(-1);
    if (innermost !== undefined) {
      this.#fail(`Unclosed element <${innermost.name}>`, innermost.at);
    }
    this.#parser.close();
  }

  #feed(text: string): void {
    if (text === "") return;
    this.#places.add(text);
    this.#refuseDoctype();
    this.#parser.write(text);
  }

  #normalize(chunk: string): string {
    const text = this.#endsWithCr && chunk.startsWith("\n")
      ? chunk.slice(1)
      : chunk;
    if (chunk !== "") this.#endsWithCr = chunk.endsWith("\r");
    return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }

  #refuseDoctype(): void {
    if (this.#options.disallowDoctype === false || this.#hasRoot) return;
    if (!this.#places.token().startsWith("<!DOCTYPE")) return;
    const { offset } = this.#places.tokenStart();
    this.#fail(
      "DOCTYPE declarations are not allowed",
      this.#places.at(offset + "<!DOCTYPE".length),
    );
  }

  #listen(): void {
    const parser = this.#parser;
    parser.on("error", (error) => this.#onError(error));
    parser.on("text", (text) => this.#onText(text));
    parser.on("opentagstart", () => this.#tagAt = this.#places.tokenStart());
    parser.on("attribute", (one) => this.#note(one as SaxesAttributeNS));
    parser.on("opentag", (tag) => this.#onStart(tag));
    parser.on("closetag", (tag) => this.#onEnd(tag));
    parser.on("cdata", (text) => {
      const coerce = this.#options.coerceCDataToText;
      this.#content(coerce ? "onText" : "onCData", text, 0);
    });
    parser.on("comment", (text) => {
      // saxes reports a comment before it has read the closing ">".
      this.#content(
        this.#options.ignoreComments ? undefined : "onComment",
        text,
        1,
      );
    });
    this.#listenToProlog();
  }

  #listenToProlog(): void {
    this.#parser.on("xmldecl", (declaration) => {
      const { version = "1.0", encoding, standalone } = declaration;
      this.#callbacks.onDeclaration?.(
        version,
        encoding,
        standalone as "yes" | "no" | undefined,
        ...this.#endToken(0),
      );
    });
    this.#parser.on("processinginstruction", ({ target, body }) => {
      const place = this.#endToken(0);
      if (this.#options.ignoreProcessingInstructions) return;
      this.#callbacks.onProcessingInstruction?.(target, body.trim(), ...place);
    });
    this.#parser.on("doctype", (text) => {
      const [name = "", kind, first, second] =
        text.match(/"[^"]*"|'[^']*'|[^\s"'[]+/g) ?? [];
      const [publicId, systemId] = kind === "PUBLIC"
        ? [first, second]
        : [undefined, kind === "SYSTEM" ? first : undefined];
      this.#callbacks.onDoctype?.(
        name,
        publicId?.slice(1, -1),
        systemId?.slice(1, -1),
        ...this.#endToken(0),
      );
    });
  }

  /** Closes the present token, `ahead` characters from here; where it began. */
  #endToken(ahead: number): [number, number, number] {
    const place = this.#show(this.#places.tokenStart());
    this.#places.endToken(this.#parser.position + ahead);
    return place;
  }

  #show(at: XmlPosition): [number, number, number] {
    const { line, column, offset } = this.#options.trackPosition
      ? at
      : UNTRACKED;
    return [line, column, offset];
  }

  #content(
    to: "onText" | "onCData" | "onComment" | undefined,
    text: string,
    ahead: number,
  ): void {
    const place = this.#endToken(ahead);
    if (to !== undefined) this.#callbacks[to]?.(text, ...place);
  }

  #onText(text: string): void {
    if (this.#open.length === 0 && !BLANK.test(text)) {
      const side = this.#hasRoot ? "after" : "before";
      this.#fail(
        `Cannot have content ${side} the root element`,
        this.#places.textStart(),
      );
    }
    if (this.#options.ignoreWhitespace && BLANK.test(text)) return;
    const place = this.#show(this.#places.textStart());
    this.#callbacks.onText?.(text, ...place);
  }

  #note(attribute: SaxesAttributeNS): void {
    this.#attributes.push(attribute);
  }

  #onStart(tag: SaxesTagNS): void {
    const { maxDepth = Infinity, maxAttributes = Infinity } = this.#options;
    const at = this.#tagAt;
    const attributes = new TagAttributes(this.#attributes);
    if (attributes.count > 0) this.#attributes = [];
    this.#hasRoot = true;
    if (attributes.count > maxAttributes) {
      this.#fail(`Attribute count exceeds limit of ${maxAttributes}`, at);
    }
    this.#places.endToken(this.#parser.position);
    this.#callbacks.onStartElement?.(
      tag.name,
      tag.name.indexOf(":"),
      uriOf(tag),
      attributes,
      tag.isSelfClosing,
      ...this.#show(at),
    );
    if (!tag.isSelfClosing && this.#open.length >= maxDepth) {
      this.#fail(`Element nesting depth exceeds limit of ${maxDepth}`, at);
    }
    this.#open.push({ name: tag.name, at });
  }

  #onEnd(tag: SaxesTagNS): void {
    const { name } = tag;
    if (!tag.isSelfClosing) this.#checkEndTag(name);
    this.#open.pop();
    const place = tag.isSelfClosing
      ? this.#show(this.#tagAt)
      : this.#endToken(0);
    const colon = name.indexOf(":");
    this.#callbacks.onEndElement?.(name, colon, uriOf(tag), ...place);
  }

  /** `saxes` closes what is open before it says that the tag fits nothing. */
  #checkEndTag(expected: string): void {
    const token = this.#places.token();
    const after = token[2 + expected.length] ?? ">";
    const fits = token.startsWith(expected.slice(0, 200), 2);
    if (fits && (after === ">" || /\s/.test(after))) return;
    const found = token.match(/^<\/[^\s>]*/)?.[0];
    this.#fail(
      `Mismatched closing tag: expected </${expected}> but found ${found}>`,
      this.#places.tokenStart(),
    );
  }

  #onError(error: Error): never {
    const message = error.message.replace(/^(.*?:)?\d+:\d+: /, "")
      .replace(/\.$/, "");
    if (/entit/.test(message)) throw new Error(message);
    if (/root node/.test(message)) {
      this.#fail(message, this.#places.textStart());
    }
    if (/root element/.test(message)) this.#fail(message, NOWHERE);
    if (
      /close tag|closing tag:|unbound|duplicate|one root|prefix/.test(message)
    ) {
      this.#fail(message, this.#places.tokenStart());
    }
    const { position } = this.#parser;
    this.#fail(
      message,
      this.#places.at(position - (/end/.test(message) ? 0 : 1)),
    );
  }

  #fail(message: string, at: XmlPosition): never {
    throw new XmlSyntaxError(
      message,
      this.#options.trackPosition ? at : NOWHERE,
    );
  }
}

/** The namespace of a prefixed name; the default namespace is not applied. */
function uriOf(tag: SaxesTagNS): string | undefined {
  return tag.prefix === "" ? undefined : tag.uri;
}
