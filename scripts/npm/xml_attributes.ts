/**
 * The attributes of one start tag, shown the way `@std/xml` shows them.
 *
 * @module
 */

import type { SaxesTagNS } from "saxes";
import type { XmlAttributeIterator } from "./xml_types.ts";

/** Wraps what `saxes` found in a start tag, in the order of the document. */
export function attributesOf(tag: SaxesTagNS): XmlAttributeIterator {
  return new TagAttributes(tag);
}

/** A class, not an object of closures: there is one for every tag of a document. */
class TagAttributes implements XmlAttributeIterator {
  readonly count: number;
  readonly #names: string[];
  readonly #attributes: SaxesTagNS["attributes"];

  constructor({ attributes }: SaxesTagNS) {
    this.#attributes = attributes;
    this.#names = Object.keys(attributes);
    this.count = this.#names.length;
  }

  getName(index: number): string {
    return this.#names[index]!;
  }

  getValue(index: number): string {
    return this.#at(index).value;
  }

  getColonIndex(index: number): number {
    return this.#names[index]!.indexOf(":");
  }

  getUri(index: number): string | undefined {
    const { prefix, uri } = this.#at(index);
    return prefix === "" || prefix === "xmlns" ? undefined : uri;
  }

  #at(index: number) {
    return this.#attributes[this.#names[index]!]!;
  }
}
