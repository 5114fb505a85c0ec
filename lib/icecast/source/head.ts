/**
 * Reads the head of what a source client sends: `SOURCE /live ICE/1.0`, `PUT
 * /live HTTP/1.1`, header lines, an empty line. HTTP's own parser refuses half
 * of what encoders send (`SOURCE`, `ICE/1.0`, lines that end in LF), so this one
 * reads them all. Pure; the front limits the size and the time.
 *
 * @module
 */

/** A source's head. */
export interface SourceHead {
  method: "SOURCE" | "PUT";
  /** As sent, e.g. `/live` or `http://host/live`. */
  target: string;
  /** E.g. `HTTP/1.1`, `ICE/1.0`. */
  protocol: string;
  /** By lower-case name; of several with one name the last. Text is UTF-8 or windows-1252. */
  headers: ReadonlyMap<string, string>;
}

/** What some first bytes of a connection are. */
export type SourceLook = "http" | "more" | "mine";

const LF = 10;
const CR = 13;

const METHODS = ["SOURCE ", "PUT "];

/** Whether a connection is a source's, by its first bytes; for the front's sniffer. */
export function lookForSource(bytes: Uint8Array): SourceLook {
  const start = asLatin1(bytes.subarray(0, 7));
  const method = METHODS.find((x) => x.startsWith(start.slice(0, x.length)));
  if (method === undefined) return "http";
  if (start.length < method.length) return "more";
  return headBytes(bytes) === undefined ? "more" : "mine";
}

/** Length of the head with its empty line; undefined while that is not here. */
export function headBytes(bytes: Uint8Array): number | undefined {
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return undefined;
}

/**
 * Reads a whole head.
 *
 * @returns undefined where the first line is none
 */
export function parseSourceHead(bytes: Uint8Array): SourceHead | undefined {
  const [first = "", ...lines] = decode(bytes).split(/\r?\n/);
  const match = /^(SOURCE|PUT) +(\S+)(?: +([A-Z]+\/\d\.\d))? *$/.exec(first);
  if (match === null) return undefined;
  const [, method, target = "", protocol = "HTTP/1.0"] = match;
  return {
    method: method === "PUT" ? "PUT" : "SOURCE",
    target,
    protocol,
    headers: parseHeaderLines(lines),
  };
}

/** `Name: value` lines, with or without the space; lines without a colon are passed over. */
export function parseHeaderLines(
  lines: readonly string[],
): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

/** Bytes as text of the same length. */
export function asLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
