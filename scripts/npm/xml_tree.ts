/**
 * `parse` and `stringify` of `@std/xml`: a whole document as a tree, for small
 * ones. Playlists go by events.
 *
 * @module
 */

import { XmlDriver } from "./xml_stream.ts";
import type {
  ParseOptions,
  StringifyOptions,
  XmlAttributeIterator,
  XmlDeclaration,
  XmlDocument,
  XmlElement,
  XmlName,
  XmlNode,
} from "./xml_types.ts";

type Growing = XmlElement & { children: XmlNode[] };

/**
 * Parses a whole document.
 *
 * @throws {XmlSyntaxError} where the text is not well-formed
 */
export function parse(xml: string, options: ParseOptions = {}): XmlDocument {
  const open: Growing[] = [];
  let root: XmlElement | undefined;
  let declaration: XmlDeclaration | undefined;
  const add = (node: XmlNode) => open.at(-1)?.children.push(node);
  const driver = new XmlDriver({
    onDeclaration(version, encoding, standalone, line, column, offset) {
      declaration = {
        type: "declaration",
        version,
        line,
        column,
        offset,
        ...(encoding === undefined ? {} : { encoding }),
        ...(standalone === undefined ? {} : { standalone }),
      };
    },
    onStartElement(raw, _colonIndex, uri, attributes) {
      const element = startElement(raw, uri, attributes);
      root ??= element;
      add(element);
      open.push(element);
    },
    onEndElement: () => void open.pop(),
    onText: (text) => void add({ type: "text", text }),
    onCData: (text) => void add({ type: "cdata", text }),
    onComment: (text) => void add({ type: "comment", text }),
  }, { trackPosition: true, ...options });
  driver.write(xml);
  driver.close();
  return declaration === undefined
    ? { root: root! }
    : { declaration, root: root! };
}

function startElement(
  raw: string,
  uri: string | undefined,
  list: XmlAttributeIterator,
): Growing {
  const attributes: Record<string, string> = {};
  for (let index = 0; index < list.count; index++) {
    attributes[list.getName(index)] = list.getValue(index);
  }
  return { type: "element", name: nameOf(raw, uri), attributes, children: [] };
}

function nameOf(raw: string, uri: string | undefined): XmlName {
  const colon = raw.indexOf(":");
  if (colon < 0) return { raw, local: raw };
  const name = {
    raw,
    local: raw.slice(colon + 1),
    prefix: raw.slice(0, colon),
  };
  return uri === undefined ? name : { ...name, uri };
}

/** Writes a document or an element as XML. */
export function stringify(
  node: XmlDocument | XmlElement,
  options: StringifyOptions = {},
): string {
  const { indent, declaration: wanted = true } = options;
  if (!("root" in node)) return element(node, indent, 0);
  const { declaration, root } = node;
  if (!wanted || declaration === undefined) return element(root, indent, 0);
  const { version, encoding, standalone } = declaration;
  const head = `<?xml version="${version}"` +
    (encoding === undefined ? "" : ` encoding="${encoding}"`) +
    (standalone === undefined ? "" : ` standalone="${standalone}"`) + "?>";
  return head + (indent === undefined ? "" : "\n") + element(root, indent, 0);
}

function element(
  node: XmlElement,
  indent: string | undefined,
  depth: number,
): string {
  const { name, attributes, children } = node;
  const tag = name.prefix ? `${name.prefix}:${name.local}` : name.local;
  const before = (indent ?? "").repeat(depth);
  let head = `${before}<${tag}`;
  for (const [key, value] of Object.entries(attributes)) {
    head += ` ${key}="${escapeAttribute(value)}"`;
  }
  if (children.length === 0) return `${head}/>`;
  if (children.every(({ type }) => type === "text" || type === "cdata")) {
    const text = children.map((child) => content(child, undefined, 0)).join("");
    return `${head}>${text}</${tag}>`;
  }
  const newline = indent === undefined ? "" : "\n";
  const inner = children.map((child) => content(child, indent, depth + 1))
    .join(newline);
  return `${head}>${newline}${inner}${newline}${before}</${tag}>`;
}

function content(
  node: XmlNode,
  indent: string | undefined,
  depth: number,
): string {
  switch (node.type) {
    case "element":
      return element(node, indent, depth);
    case "text":
      return escapeText(node.text);
    case "cdata":
      return `<![CDATA[${node.text.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
    case "comment":
      return `${(indent ?? "").repeat(depth)}<!--${comment(node.text)}-->`;
  }
}

function comment(text: string): string {
  if (!text.includes("--") && !text.endsWith("-")) return text;
  throw new TypeError("Cannot serialize comment: it may hold no double hyphen");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  "'": "&apos;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

function escapeText(text: string): string {
  return text.replace(/[<>&'"]/g, (char) => ESCAPES[char]!);
}

function escapeAttribute(value: string): string {
  return value.replace(/[<>&'"\t\n\r]/g, (char) => ESCAPES[char]!);
}
