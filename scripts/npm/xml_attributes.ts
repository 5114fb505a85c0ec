/**
 * The attributes of one start tag, shown the way `@std/xml` shows them.
 *
 * @module
 */

import type { SaxesTagNS } from "saxes";
import type { XmlAttributeIterator } from "./xml_types.ts";

/** Wraps what `saxes` found in a start tag, in the order of the document. */
export function attributesOf(tag: SaxesTagNS): XmlAttributeIterator {
  const list = Object.values(tag.attributes);
  return {
    count: list.length,
    getName: (index) => list[index]!.name,
    getValue: (index) => list[index]!.value,
    getColonIndex: (index) => list[index]!.name.indexOf(":"),
    getUri(index) {
      const { prefix, uri } = list[index]!;
      return prefix === "" || prefix === "xmlns" ? undefined : uri;
    },
  };
}
