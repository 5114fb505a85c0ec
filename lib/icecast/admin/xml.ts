/**
 * XML as Icecast's admin answers it: elements, text, a few attributes. Pure.
 *
 * @module
 */

/** An element: its name, its attributes, what is in it. */
export interface XmlElement {
  name: string;
  attributes?: Readonly<Record<string, string>>;
  content?: string | number | readonly XmlElement[];
}

/** A whole document, its declaration as Icecast writes it. */
export function xmlDocument(root: XmlElement): string {
  return `<?xml version="1.0"?>\n${element(root)}\n`;
}

/** Elements in the order of their names' list; what is undefined is left out. */
export function elements(
  fields: Readonly<Record<string, string | number | null | undefined>>,
): XmlElement[] {
  return Object.entries(fields).flatMap(([name, content]) =>
    content === undefined || content === null ? [] : [{ name, content }]
  );
}

function element({ name, attributes = {}, content }: XmlElement): string {
  const given = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeXml(value)}"`).join("");
  if (content === undefined) return `<${name}${given}/>`;
  const inner = typeof content === "object"
    ? content.map(element).join("")
    : escapeXml(String(content));
  return `<${name}${given}>${inner}</${name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text that can stand in XML; characters that cannot become spaces. */
export function escapeXml(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, " ")
    .replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "")
    .toWellFormed();
}
