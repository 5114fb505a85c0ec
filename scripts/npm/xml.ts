/**
 * Stands in for `@std/xml` 0.2.0 where JSR is out of reach: the same functions,
 * callbacks and positions, over the npm package `saxes`. `parseXmlRecords` is
 * left out; nothing here uses it.
 *
 * @module
 */

export { parseXmlStream, parseXmlStreamFromBytes } from "./xml_stream.ts";
export { parse, stringify } from "./xml_tree.ts";
export * from "./xml_types.ts";
