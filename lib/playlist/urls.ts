/**
 * Which URLs a playlist may name. Media and gateways are fetched over http or
 * https and nothing else; only a playlist that is itself a file of this machine
 * may name files, and then only relative to itself, so that a folder can be
 * checked before it is on any web server. Pure.
 *
 * @module
 */
import { PLAYLIST_URL_CHARACTERS_MAX } from "../limits.ts";

/** A URL that may be fetched, or why it may not. */
export type ReadUrl = { url: string } | { reason: "bad-url" | "url-not-http" };

const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/**
 * Resolves a reference and says whether it may be fetched. The fragment is
 * taken off: it is never sent.
 *
 * @param text as the playlist has it
 * @param base the playlist's own URL
 */
export function readUrl(text: string, base: string): ReadUrl {
  const reference = text.trim();
  if (reference === "" || reference.length > PLAYLIST_URL_CHARACTERS_MAX) {
    return { reason: "bad-url" };
  }
  const whole = SCHEME.test(reference);
  const url = parsed(withoutFragment(reference), whole ? undefined : base);
  if (!url) return { reason: "bad-url" };
  const { protocol } = url;
  if (protocol === "http:" || protocol === "https:") return { url: url.href };
  const local = protocol === "file:" && !whole && base.startsWith("file:") &&
    url.host === "";
  return local ? { url: url.href } : { reason: "url-not-http" };
}

/**
 * Resolves a name that is never fetched, such as `rdf:about`.
 *
 * @returns undefined where it is no URL
 */
export function resolveName(text: string, base: string): string | undefined {
  const name = text.trim();
  if (name === "" || name.length > PLAYLIST_URL_CHARACTERS_MAX) {
    return undefined;
  }
  return SCHEME.test(name) ? name : parsed(name, base)?.href;
}

/** A base is parsed each time it is given, so it is given only where it counts. */
function parsed(reference: string, base: string | undefined): URL | null {
  return base === undefined ? URL.parse(reference) : URL.parse(reference, base);
}

function withoutFragment(reference: string): string {
  const at = reference.indexOf("#");
  return at < 0 ? reference : reference.slice(0, at);
}

/**
 * The shortest way from one URL to another of the same origin; `url` unchanged
 * where there is none. `URL.parse(relativeUrl(url, base), base)` is `url`.
 */
export function relativeUrl(url: string, base: string): string {
  const [to, from] = [URL.parse(url), URL.parse(base)];
  if (!to || !from || to.protocol !== from.protocol || to.host !== from.host) {
    return url;
  }
  if (to.username !== "" || to.password !== "") return url;
  const there = to.pathname.split("/");
  const here = from.pathname.split("/").slice(0, -1);
  let same = 0;
  const most = Math.min(here.length, there.length - 1);
  while (same < most && there[same] === here[same]) same++;
  const up = "../".repeat(here.length - same);
  const path = up + there.slice(same).join("/");
  // "./" keeps "a:b", "" and "//" from being read as something else.
  const safe = up === "" && /^(?:$|\/|[^/]*:)/.test(path) ? `./${path}` : path;
  return safe + to.search + to.hash;
}

/** The last part of a URL's path, decoded: a file's name for people. */
export function fileNameOf(url: string): string {
  const name = URL.parse(url)?.pathname.split("/").findLast((x) => x !== "") ??
    "";
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The start of a foreign text, fit to stand in a message. */
export function quoted(text: string): string {
  // deno-lint-ignore no-control-regex
  const plain = text.trim().replace(/[\x00-\x1f\x7f-\x9f]+/g, " ");
  const points = [...plain.slice(0, 160)].slice(0, 80);
  return `"${points.join("")}${points.join("") === plain ? "" : "…"}"`;
}
