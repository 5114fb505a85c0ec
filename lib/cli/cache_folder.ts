/**
 * Where the program keeps chunks between runs: the platform's own folder for
 * what may be deleted at any time.
 *
 * @module
 */
import { join } from "node:path";

/**
 * The cache folder: `~/.cache/alluvium`, `~/Library/Caches/alluvium`,
 * `%LOCALAPPDATA%\alluvium\cache`.
 *
 * @param env reads an environment variable
 * @param os as in `Deno.build.os`
 * @returns undefined where the environment names no home; keep it in memory then
 */
export function cacheFolder(
  env: (name: string) => string | undefined,
  os: typeof Deno.build.os = Deno.build.os,
): string | undefined {
  const under = (folder: string | undefined, ...names: string[]) =>
    folder ? join(folder, ...names) : undefined;
  const home = env("HOME");
  if (os === "windows") return under(env("LOCALAPPDATA"), "alluvium", "cache");
  if (os === "darwin") return under(home, "Library", "Caches", "alluvium");
  return under(env("XDG_CACHE_HOME"), "alluvium") ??
    under(home, ".cache", "alluvium");
}
