/**
 * The types of `@std/xml` 0.2.0, with the same names and shapes, so that what
 * checks with this stand-in checks with the original.
 *
 * @module
 */

/** A place in the text. */
export interface XmlPosition {
  /** Line, from 1. */
  readonly line: number;
  /** Column in UTF-16 code units, from 1. */
  readonly column: number;
  /** UTF-16 code units before it, line ends counting as one. */
  readonly offset: number;
}

/** What malformed XML throws; its line is 0 when positions are not tracked. */
export class XmlSyntaxError extends SyntaxError {
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
  /** UTF-16 code units before it. */
  readonly offset: number;

  /** The position goes into the message too, unless its line is 0. */
  constructor(message: string, position: XmlPosition) {
    super(
      position.line === 0
        ? message
        : `${message} at line ${position.line}, column ${position.column}`,
    );
    this.name = "XmlSyntaxError";
    this.line = position.line;
    this.column = position.column;
    this.offset = position.offset;
  }
}

/** A name with its prefix taken off. */
export interface XmlName {
  /** As written. */
  readonly raw: string;
  /** After the colon, or all of it. */
  readonly local: string;
  /** Before the colon, if there is one. */
  readonly prefix?: string;
  /** The namespace of a prefixed name; the default namespace is not applied. */
  readonly uri?: string;
}

/** The `<?xml …?>` line. */
export interface XmlDeclaration extends XmlPosition {
  /** Tells it from other nodes. */
  readonly type: "declaration";
  /** `1.0` or `1.1`. */
  readonly version: string;
  /** As declared. */
  readonly encoding?: string;
  /** As declared. */
  readonly standalone?: "yes" | "no";
}

/** What every parsing function may be told. */
export interface BaseParseOptions {
  /** Leave out text that is only white space. */
  readonly ignoreWhitespace?: boolean;
  /** Leave out comments. */
  readonly ignoreComments?: boolean;
  /** Whether positions are known; off by default for streams, on for `parse`. */
  readonly trackPosition?: boolean;
  /** Whether a DOCTYPE is an error; default true. */
  readonly disallowDoctype?: boolean;
  /** The deepest nesting that is accepted. */
  readonly maxDepth?: number;
  /** The most attributes that one element may have. */
  readonly maxAttributes?: number;
  /** Which rules for characters and line ends; default `1.0`. */
  readonly xmlVersion?: "1.0" | "1.1";
}

/** What the streaming functions may be told. */
export interface ParseStreamOptions extends BaseParseOptions {
  /** Leave out processing instructions. */
  readonly ignoreProcessingInstructions?: boolean;
  /** Report CDATA sections as text. */
  readonly coerceCDataToText?: boolean;
}

/** What `parse` may be told. */
export interface ParseOptions extends BaseParseOptions {}

/** What `stringify` may be told. */
export interface StringifyOptions {
  /** One step of indentation; without it, everything is on one line. */
  readonly indent?: string;
  /** Whether a document's declaration is written; default true. */
  readonly declaration?: boolean;
}

/** Text, with entities decoded. */
export interface XmlTextNode {
  /** Tells it from other nodes. */
  readonly type: "text";
  /** The text. */
  readonly text: string;
}

/** A CDATA section. */
export interface XmlCDataNode {
  /** Tells it from other nodes. */
  readonly type: "cdata";
  /** The text. */
  readonly text: string;
}

/** A comment. */
export interface XmlCommentNode {
  /** Tells it from other nodes. */
  readonly type: "comment";
  /** The text. */
  readonly text: string;
}

/** An element. */
export interface XmlElement {
  /** Tells it from other nodes. */
  readonly type: "element";
  /** Its name. */
  readonly name: XmlName;
  /** Values by names as written. */
  readonly attributes: Readonly<Record<string, string>>;
  /** What is in it, in order. */
  readonly children: ReadonlyArray<XmlNode>;
}

/** Anything in an element. */
export type XmlNode = XmlElement | XmlTextNode | XmlCDataNode | XmlCommentNode;

/** A whole document. */
export interface XmlDocument {
  /** The `<?xml …?>` line, if there is one. */
  readonly declaration?: XmlDeclaration;
  /** The one element that holds all others. */
  readonly root: XmlElement;
}

/** Receives the `<?xml …?>` line. */
export type XmlDeclarationCallback = (
  version: string,
  encoding: string | undefined,
  standalone: "yes" | "no" | undefined,
  line: number,
  column: number,
  offset: number,
) => void;

/** Receives a DOCTYPE where it is allowed. */
export type XmlDoctypeCallback = (
  name: string,
  publicId: string | undefined,
  systemId: string | undefined,
  line: number,
  column: number,
  offset: number,
) => void;

/** Receives text, a CDATA section or a comment. */
export type XmlContentCallback = (
  content: string,
  line: number,
  column: number,
  offset: number,
) => void;

/** Receives a processing instruction. */
export type XmlProcessingInstructionCallback = (
  target: string,
  content: string,
  line: number,
  column: number,
  offset: number,
) => void;

/** The attributes of the element being reported; good during the call only. */
export interface XmlAttributeIterator {
  /** How many there are. */
  readonly count: number;
  /** The name as written. */
  getName(index: number): string;
  /** The value with entities decoded. */
  getValue(index: number): string;
  /** Where the colon is in the name, or -1. */
  getColonIndex(index: number): number;
  /** The namespace of a prefixed name, never of `xmlns:` itself. */
  getUri(index: number): string | undefined;
}

/** The calls a streaming parse makes, in the order of the document. */
export interface XmlEventCallbacks {
  /** The `<?xml …?>` line. */
  onDeclaration?: XmlDeclarationCallback;
  /** A DOCTYPE, where it is allowed. */
  onDoctype?: XmlDoctypeCallback;
  /** A start tag. */
  onStartElement?(
    name: string,
    colonIndex: number,
    uri: string | undefined,
    attributes: XmlAttributeIterator,
    selfClosing: boolean,
    line: number,
    column: number,
    offset: number,
  ): void;
  /** An end tag; follows at once on a self-closing start tag. */
  onEndElement?(
    name: string,
    colonIndex: number,
    uri: string | undefined,
    line: number,
    column: number,
    offset: number,
  ): void;
  /** Text, white space between elements included. */
  onText?: XmlContentCallback;
  /** A CDATA section. */
  onCData?: XmlContentCallback;
  /** A comment. */
  onComment?: XmlContentCallback;
  /** A processing instruction. */
  onProcessingInstruction?: XmlProcessingInstructionCallback;
}

/** Whether a node is an element. */
export function isElement(node: XmlNode): node is XmlElement {
  return node.type === "element";
}

/** Whether a node is text. */
export function isText(node: XmlNode): node is XmlTextNode {
  return node.type === "text";
}

/** Whether a node is a CDATA section. */
export function isCData(node: XmlNode): node is XmlCDataNode {
  return node.type === "cdata";
}

/** Whether a node is a comment. */
export function isComment(node: XmlNode): node is XmlCommentNode {
  return node.type === "comment";
}
