import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  knownName,
  KnownNames,
  RSS_NAMESPACE,
  WRITTEN_NAMESPACES,
} from "../../lib/playlist/namespaces.ts";

const uris = fc.constantFrom(
  "",
  RSS_NAMESPACE,
  ...Object.values(WRITTEN_NAMESPACES),
  "urn:nobody",
);
/** Few letters, so that names meet in one place. */
const words = fc.string({
  unit: fc.constantFrom("a", "b", "duration", "item"),
  minLength: 1,
  maxLength: 4,
});

Deno.test("namespaces: a remembered name is what it would be anew", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(uris, fc.option(words), words), { maxLength: 50 }),
    (elements) => {
      const names = new KnownNames();
      for (const [uri, prefix, local] of elements) {
        const name = prefix === null ? local : `${prefix}:${local}`;
        const colon = name.indexOf(":");
        assertEquals(names.find(uri, name, colon), knownName(uri, local));
      }
    },
  ));
});
