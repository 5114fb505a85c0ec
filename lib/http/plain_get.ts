/**
 * The head of the plainest request there is, a GET without a body, read without
 * node:http. A listener stays for days, and what node:http keeps of its request
 * weighs more than its socket.
 *
 * Promises: takes nothing that HTTP's own parser would read otherwise (RFC 9112);
 * whatever is not perfectly plain is left to that. Pure.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";

/** As much of a request as the dispatcher reads. */
export type RequestHead = Pick<
  IncomingMessage,
  "headers" | "httpVersion" | "method" | "rawHeaders" | "socket" | "url"
>;

/** A head without the connection it came from. */
export type PlainGet = Omit<RequestHead, "socket">;

/** What some first bytes of a connection are. */
export type PlainLook = "http" | "more" | PlainGet;

/** The request line: an origin-form target, which may have a query. */
const REQUEST_LINE = /^GET (\/[\x21-\x7e]*) HTTP\/1\.([01])\r\n/;

const FIELD =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;

/** Fields that make a request another thing than a plain GET. */
const SPECIAL =
  /^(content-length|expect|http2-settings|te|trailer|transfer-encoding|upgrade)$/;

/** Fields kept by name; the rest are read from the raw ones. */
const NAMED = "x-forwarded-for";

/**
 * Looks at the first bytes of a connection.
 *
 * @param isWanted whether a GET of this path is to be read here
 * @returns "more" while it may become one that is
 */
export function lookForPlainGet(
  bytes: Uint8Array,
  isWanted: (path: string) => boolean,
): PlainLook {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 8192));
  const start = "GET /";
  if (!text.startsWith(start.slice(0, text.length))) return "http";
  const line = REQUEST_LINE.exec(text);
  if (line === null) {
    return /[\r\n]./s.test(text) || bytes.length > 4096 ? "http" : "more";
  }
  const [first, url = "", minor = ""] = line;
  if (!isWanted(url.replace(/\?.*$/s, ""))) return "http";
  const end = text.indexOf("\r\n\r\n", first.length - 2);
  if (end < 0) return bytes.length > 4096 ? "http" : "more";
  if (end + 4 !== bytes.length) return "http";
  const rawHeaders = readFields(text.slice(first.length, end));
  if (rawHeaders === undefined) return "http";
  const find = (name: string) =>
    rawHeaders.findIndex((x, i) => i % 2 === 0 && x.toLowerCase() === name);
  if (minor === "1" && find("host") < 0) return "http";
  const at = find(NAMED);
  return {
    method: "GET",
    url,
    httpVersion: `1.${minor}`,
    headers: at < 0 ? {} : { [NAMED]: rawHeaders[at + 1] },
    rawHeaders,
  };
}

/** Names and values in turn; undefined where a line is not plain. */
function readFields(text: string): string[] | undefined {
  const fields: string[] = [];
  for (const line of text === "" ? [] : text.split("\r\n")) {
    const [, name, value = ""] = FIELD.exec(line) ?? [];
    if (name === undefined || SPECIAL.test(name.toLowerCase())) {
      return undefined;
    }
    fields.push(name, value.replace(/[ \t]+$/, ""));
  }
  return fields;
}
