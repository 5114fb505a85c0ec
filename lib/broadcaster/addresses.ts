/**
 * Where the files of a folder will be on the web. With a base URL they have
 * their addresses; without one everything is written relative to the playlist,
 * which works from any web server that serves the folder. Pure but for the
 * platform's path rules.
 *
 * @module
 */
import { basename, relative, sep as SEPARATOR } from "node:path";
import { pathToFileURL } from "node:url";
import { AlluviumError } from "../errors.ts";

/** The addresses of a station. */
export interface Addresses {
  /** The playlist's own. */
  readonly playlist: string;
  /** Whether the playlist is to be written with relative addresses. */
  readonly relative: boolean;
  /** That of a file, by its path within the folder, with `/`. */
  of(path: string): string;
}

/**
 * Finds the addresses.
 *
 * @param folder absolute path of the media folder
 * @param output absolute path of the playlist
 * @param baseUrl the folder's address on the web; absent: not known
 * @throws AlluviumError `usage` for a base URL that is not http or https, or has a query
 */
export function addressesOf(
  folder: string,
  output: string,
  baseUrl?: string,
): Addresses {
  const base = baseUrl === undefined
    ? pathToFileURL(folder + SEPARATOR).href
    : checkedBase(baseUrl);
  const of = (path: string) =>
    new URL(path.split("/").map(encodeURIComponent).join("/"), base).href;
  if (baseUrl === undefined) {
    return { playlist: pathToFileURL(output).href, relative: true, of };
  }
  const inside = relative(folder, output).split(SEPARATOR).join("/");
  const name = inside.startsWith("../") ? basename(output) : inside;
  return { playlist: of(name), relative: false, of };
}

function checkedBase(text: string): string {
  const url = URL.parse(text);
  if (
    !url || !["http:", "https:"].includes(url.protocol) || url.search !== "" ||
    url.hash !== ""
  ) {
    throw new AlluviumError(
      "usage",
      `Cannot use "${text}" as base URL: want the folder's address, such as https://radio.example/music/`,
      { field: "base-url" },
    );
  }
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

/**
 * The addresses of gateways, as they are written.
 *
 * @throws AlluviumError `usage` for one that is not http or https
 */
export function gatewayUrls(texts: readonly string[]): string[] {
  return texts.map((text) => {
    const url = URL.parse(text);
    if (url?.protocol === "http:" || url?.protocol === "https:") {
      return url.href;
    }
    throw new AlluviumError(
      "usage",
      `Cannot use "${text}" as gateway: want its address, such as https://gateway.example/`,
      { field: "gateway" },
    );
  });
}
