/**
 * The attributes of one start tag, shown the way `@std/xml` shows them.
 *
 * @module
 */

import type { SaxesAttributeNS } from "saxes";
import type { XmlAttributeIterator } from "./xml_types.ts";

/** A class, not an object of closures: there is one for every tag of a document. */
export class TagAttributes implements XmlAttributeIterator {
  readonly #all: readonly SaxesAttributeNS[];

  /** Wraps what `saxes` found in a start tag, in the order of the document. */
  constructor(all: readonly SaxesAttributeNS[]) {
    this.#all = all;
  }

  get count(): number {
    return this.#all.length;
  }

  getName(index: number): string {
    return this.#all[index]!.name;
  }

  getValue(index: number): string {
    return this.#all[index]!.value;
  }

  getColonIndex(index: number): number {
    return this.#all[index]!.name.indexOf(":");
  }

  getUri(index: number): string | undefined {
    const { prefix, uri } = this.#all[index]!;
    return prefix === "" || prefix === "xmlns" ? undefined : uri;
  }
}
