/**
 * The arguments of an admin request, as bytes until their charset is known:
 * sources send titles in their own (`charset=`), and some say nothing. Pure.
 *
 * @module
 */
import { SOURCE_TEXT_CHARACTERS_MAX } from "../../limits.ts";
import { decodeText } from "../charset.ts";

/** The arguments of one request. */
export class AdminQuery {
  readonly #values = new Map<string, Uint8Array>();

  /** @param search as in `URL.search`; of several with one name the first counts */
  constructor(search: string) {
    for (const part of search.replace(/^\?/, "").split("&")) {
      const at = part.indexOf("=");
      if (at <= 0) continue;
      const name = decodeText(unescape(part.slice(0, at)));
      const value = unescape(part.slice(at + 1));
      if (!this.#values.has(name)) this.#values.set(name, value);
    }
  }

  /** An argument as text; undefined where it was not given. */
  get(name: string): string | undefined {
    const bytes = this.#values.get(name);
    return bytes && decodeText(bytes);
  }

  /** An argument in the request's own charset, cut to what a title may be long, in one line. */
  title(name: string): string | undefined {
    const bytes = this.#values.get(name);
    if (bytes === undefined) return undefined;
    // deno-lint-ignore no-control-regex
    return decodeText(bytes, this.get("charset")).replace(/[\x00-\x1f]+/g, " ")
      .slice(0, SOURCE_TEXT_CHARACTERS_MAX).toWellFormed();
  }
}

/** Percent signs and plus signs undone; a broken escape stands as it is. */
function unescape(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const hex = /^%([0-9a-f]{2})/i.exec(text.slice(at, at + 3))?.[1];
    if (hex !== undefined) {
      bytes.push(parseInt(hex, 16));
      at += 2;
    } else if (text[at] === "+") {
      bytes.push(0x20);
    } else {
      bytes.push(...new TextEncoder().encode(text[at]));
    }
  }
  return Uint8Array.from(bytes);
}
