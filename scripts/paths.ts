/**
 * Paths of this checkout, without a package: the launcher must load nothing
 * before it knows where packages come from.
 *
 * @module
 */

/** The path of a file named relative to a module, on any system. */
export function fromFileUrl(relative: string, base: string): string {
  const path = decodeURIComponent(new URL(relative, base).pathname);
  return Deno.build.os === "windows"
    ? path.slice(1).replaceAll("/", "\\")
    : path;
}

/** The folder of `deno.json`, without a slash at the end. */
export const ROOT: string = fromFileUrl("..", import.meta.url)
  .replace(/[/\\]$/, "");
