/**
 * What stations are called in paths: short, plain, unique. Pure.
 *
 * @module
 */
import { STATION_NAME_MAX } from "../../limits.ts";

/** A station as it was given: `NAME=URL` or a URL alone. */
export interface StationAddress {
  name?: string;
  url: string;
}

/** Reads `NAME=URL`; a name is letters, digits, `-`, `_` and `.` up to the first `=`. */
export function stationAddress(text: string): StationAddress {
  const named = /^([A-Za-z0-9_.-]+)=(.+)$/s.exec(text);
  if (!named) return { url: withScheme(text) };
  return { name: named[1]!, url: withScheme(named[2]!) };
}

/** `radio.example/p.rss` is a web address, `./p.rss` and `/p.rss` are files. */
function withScheme(text: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(text) || /^[./~\\]/.test(text)) return text;
  const [host = ""] = text.split("/");
  const isHost = text.includes("/") &&
    /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(host);
  return isHost ? `https://${text}` : text;
}

/**
 * The name of a station in paths.
 *
 * @param wanted a name that was given, else the station's title
 * @param taken names that others have
 */
export function stationName(
  wanted: string,
  taken: ReadonlySet<string>,
): string {
  const plain = wanted.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, "-").slice(0, STATION_NAME_MAX)
    .replace(/^-+|-+$/g, "") || "station";
  if (!taken.has(plain)) return plain;
  let number = 2;
  while (taken.has(`${plain}-${number}`)) number++;
  return `${plain}-${number}`;
}
